#include "cli/verbs/manifest_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli/network.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "format/layout.h"
#include "manifest/check.h"

static const uint64_t LINK = 1250000000; /* bytes a second: 10 Gb/s */
enum { PER_SHARD = 64, PRICES_MAX = 16 << 10 };

typedef struct watch {
    progress *bar;
    size_t n;
    const char *what;
} watch;

static int on_progress(void *user, size_t done, size_t failing)
{
    const watch *w = user;
    char text[96];
    (void)snprintf(text, sizeof text, "%zu of %zu %s, %zu will fail", done, w->n, w->what, failing);
    progress_show(w->bar, &(progress_state){.note = text});
    return interrupted();
}

static int on_sidecar(void *user, size_t done, size_t failing)
{
    const watch *w = user;
    char text[96];
    (void)failing;
    (void)snprintf(text, sizeof text, "%zu of %zu %s", done, w->n, w->what);
    progress_show(w->bar, &(progress_state){.note = text});
    return interrupted();
}

int manifest_check_sources(size_t *failing, manifest *m, const options *o, progress *bar)
{
    cz_error err;
    watch w = {bar, manifest_count(m), "sources"};
    const cz_network network = network_of(o);
    const check_options how = {
        .network = &network, .progress = on_progress, .user = &w, .name_ok = clip_name_ok};
    progress_begin(bar, "check", o->quiet);
    const int rc = manifest_check(failing, m, &how, &err);
    progress_clear(bar);
    return rc < 0 ? say_error(&err) : 0;
}

int manifest_check_sidecars(manifest *m, const options *o, progress *bar,
                            void (*bad_row)(void *user, const cz_error *err), void *user)
{
    cz_error err;
    watch w = {bar, manifest_count(m), "rows"};
    const cz_network network = network_of(o);
    const check_options how = {.network = &network, .progress = on_sidecar, .user = &w};
    progress_begin(bar, ".md5 files", o->quiet);
    const int rc = manifest_read_sidecars(m, &how, bad_row, user, &err);
    progress_clear(bar);
    return rc < 0 ? say_error(&err) : 0;
}

int manifest_read_prices(price_table *out, const options *o)
{
    char text[PRICES_MAX];
    cz_error err;
    char what[300];
    price_table_default(out);
    if (!o->prices)
        return 0;
    errno = 0;
    FILE *file = fopen(o->prices, "re");
    const size_t n = file ? fread(text, 1, sizeof text, file) : 0;
    const int why = errno;
    const bool failed = !file || ferror(file);
    if (file)
        (void)fclose(file);
    (void)snprintf(what, sizeof what, "--prices %.250s", o->prices);
    if (failed) {
        (void)cz_fail_errno(&err, why, "%s", what);
        return say_error(&err);
    }
    return price_table_parse(out, text, n, what, &err) < 0 ? say_error(&err) : 0;
}

void manifest_say_estimate(cJSON **out, const manifest *m, const options *o,
                           const price_table *prices)
{
    estimate e;
    char size[UNITS_TEXT_MAX];
    estimate_make(&e, m, PER_SHARD, o->link ? o->link : LINK, prices);
    *out = estimate_json(&e, prices);
    if (o->quiet)
        return;
    size_text(size, e.bytes);
    say(stderr, "estimate: %" PRIu64 " clips, %s, %" PRIu64 " frames, %" PRIu64 " objects", e.clips,
        size, e.frames, e.objects);
    if (e.guessed)
        say(stderr, "          the size or the frames of %" PRIu64 " clips are guessed", e.guessed);
    say(stderr,
        "requests: %" PRIu64 " puts and %" PRIu64 " gets of the store, %" PRIu64 " of the sources",
        e.puts, e.gets, e.source_requests);
    size_text(size, o->link ? o->link : LINK);
    say(stderr, "time:     %.1f hours at %s/s", e.seconds / 3600, size);
    say(stderr, "cost:     %.2f %s for requests, %.2f for egress, %.2f a month for storage",
        e.request_cost, prices->currency, e.egress_cost, e.storage_cost_month);
}
