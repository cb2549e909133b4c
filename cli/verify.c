/* camzarr verify: read all of some clips again, and check it. */
#include <inttypes.h>

#include "cli/progress.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/verbs.h"

typedef struct checking {
    const options *o;
    const char *clip;
    progress bar;
    uint64_t found;
} checking;

static void print_line(cJSON *line)
{
    cz_error err;
    if (say_json(line, &err) < 0)
        (void)say_error(&err);
}

static void finding(void *user, const cz_finding *f)
{
    checking *c = user;
    c->found++;
    progress_clear(&c->bar);
    if (!c->o->json) {
        say(stdout, "%s: %s: %s", c->clip, f->key, f->what);
        return;
    }
    cJSON *line = cJSON_CreateObject();
    json_add_clean(line, "clip", c->clip);
    json_add_text(line, "code", cz_code_name(f->code));
    json_add_clean(line, "key", f->key);
    if (f->frame >= 0)
        json_add_i64(line, "frame", f->frame);
    json_add_clean(line, "what", f->what);
    print_line(line);
}

static int tell_progress(void *user, uint64_t done, uint64_t total)
{
    checking *c = user;
    progress_tell(&c->bar, &(progress_state){.bytes_done = done, .bytes_total = total});
    return stop_asked();
}

static void print_result(const checking *c, int rc, const cz_error *err)
{
    cJSON *line = cJSON_CreateObject();
    json_add_clean(line, "clip", c->clip);
    json_add_text(line, "status", rc < 0 ? "failed" : c->found ? "different" : "sound");
    json_add_u64(line, "differences", c->found);
    if (rc < 0)
        json_add_error(line, err);
    print_line(line);
}

/* Returns an exit code. */
static int verify(checking *c, cz_store *store)
{
    const cz_verify_job job = {.source = c->o->source,
                               .decode = c->o->decode,
                               .found = finding,
                               .progress = tell_progress,
                               .user = c};
    cz_error err;
    uint64_t differences;
    progress_begin(&c->bar, c->clip, c->o->quiet);
    const int rc = cz_verify(&differences, store, c->clip, &job, &err);
    progress_clear(&c->bar);
    if (c->o->json)
        print_result(c, rc, &err);
    else if (rc == CZ_OK && c->found == 0 && c->o->verbose)
        say(stdout, "%s: sound", c->clip);
    if (rc < 0)
        return say_error(&err);
    return c->found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* Of several exit codes the one that matters most: being stopped, then a difference, then a failure,
 * then one where a retry may help. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_STOPPED, EXIT_DIFFERENT, EXIT_USAGE, EXIT_FAILED, EXIT_RETRY};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

static int verify_all(const options *o, cz_store *store, char *const *name, size_t n)
{
    size_t sound = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code != EXIT_STOPPED; i++) {
        checking c = {.o = o, .clip = name[i]};
        const int one = verify(&c, store);
        sound += one == EXIT_DONE;
        code = worse(code, one);
    }
    if (!o->json && !o->quiet)
        say(stderr, "%zu of %zu clip%s sound", sound, n, n == 1 ? "" : "s");
    return code;
}

int run_verify(const options *o)
{
    cz_error err;
    cz_store *store = NULL;
    char **name = NULL;
    size_t n = 0;
    int code;
    if (o->source && o->n_args != 2)
        return say_usage("verify", "--source: it is compared with one clip, so name one");
    stop_on_signals();
    if (cz_open(&store, o->arg[0], NULL, &err) < 0 ||
        (o->n_args == 1 && cz_clips(&name, &n, store, &err) < 0))
        code = say_error(&err);
    else if (o->n_args == 1)
        code = verify_all(o, store, name, n);
    else
        code = verify_all(o, store, o->arg + 1, o->n_args - 1);
    cz_names_free(&name, n);
    cz_close(&store);
    return code;
}
