#include "cli/verbs/convert_line.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_facts.h"
#include "cli/units.h"
#include "cli/say.h"

static void add_network(cJSON *to, const cz_statistics *s)
{
    cJSON *network = json_object();
    json_add_u64(network, "requests", s->requests);
    json_add_u64(network, "retries", s->retries);
    json_add_u64(network, "hedges", s->hedges);
    json_add_u64(network, "bytes_in", s->bytes_in);
    json_add_u64(network, "bytes_out", s->bytes_out);
    json_add(to, "network", network);
}

/* With what a program needs to decide what to do next. */
static void add_error(cJSON *to, const cz_error *err)
{
    cJSON *error = json_object();
    json_add_text(error, "code", cz_code_name(err->code));
    json_add_clean(error, "message", err->message);
    json_add_clean(error, "hint", err->hint);
    json_add_bool(error, "retryable", err->code == CZ_UNREACHABLE);
    json_add(to, "error", error);
}

cJSON *convert_json(const convert_line *l)
{
    const cz_report *r = l->report;
    cJSON *line = json_object();
    json_add_clean(line, "clip", l->clip);
    json_add_text(line, "status", r->status);
    json_add_clean(line, "source", l->source);
    json_add_u64(line, "frames", r->frames);
    json_add_u64(line, "bytes_read", r->bytes_read);
    json_add_u64(line, "bytes_written", r->bytes_written);
    json_add_double(line, "seconds", round(l->seconds * 1000) / 1000);
    if (r->md5[0])
        json_add_text(line, "md5", r->md5);
    else
        json_add_null(line, "md5");
    json_add_u64(line, "damaged_frames", r->damaged_frames);
    json_add_texts(line, "warnings", r->warning, r->n_warnings);
    json_add_time(line, "time", l->time);
    add_network(line, &r->network);
    if (l->err)
        add_error(line, l->err);
    return line;
}

/* ": converted 26120 frames, 15.2 GB in 38.1 s (402.1 MB/s)" */
static void say_result(const convert_line *l)
{
    const cz_report *r = l->report;
    char bytes[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX];
    size_text(bytes, r->bytes_read);
    size_text(rate, l->seconds > 0 ? (uint64_t)((double)r->bytes_read / l->seconds) : 0);
    if (strcmp(r->status, "present") == 0)
        say(stderr, "%s: already in the store", l->clip);
    else if (strcmp(r->status, "planned") == 0)
        say(stderr, "%s: %" PRIu64 " frames would be converted", l->clip, r->frames);
    else
        say(stderr, "%s: %s %" PRIu64 " frames, %s in %.1f s (%s/s)", l->clip, r->status, r->frames,
            bytes, l->seconds, rate);
}

void convert_say(const convert_line *l, bool verbose)
{
    const cz_report *r = l->report;
    char written[UNITS_TEXT_MAX];
    if (l->err)
        return;
    say_result(l);
    if (verbose) {
        size_text(written, r->bytes_written);
        say(stderr, "%s: MD5 %s, %s written", l->clip, r->md5[0] ? r->md5 : "not known yet",
            written);
    }
}

void convert_warn(const convert_line *l)
{
    for (size_t i = 0; i < l->report->n_warnings; i++)
        say(stderr, "camzarr: warning: %s: %s", l->clip, l->report->warning[i]);
}
