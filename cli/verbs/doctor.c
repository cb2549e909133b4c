/* camzarr doctor: checks whether a store can be used from this machine. Prints one line per check,
 * with advice where it failed.
 *
 * Puts, reads, replaces and removes one object of its own and changes nothing else. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/units.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"
#include "store/cloud/probe.h"
#include "store/objects/object_store.h"

enum {
    SPEED_SIZE = 16 << 20,    /* bytes of the object that is timed */
    SKEW_NOTED = 60,          /* seconds between two clocks that are reported */
    SKEW_REFUSED = 15 * 60,   /* S3 and Azure refuse signatures that are older */
    SPACE_NOTED = 1000000000, /* bytes free that hold less than a usual clip */
};

typedef enum verdict { FINE, NOTE, WARNING, FAILURE } verdict;

typedef struct doctor {
    const options *o;
    object_store *os;
    char key[64];     /* of the doctor's own object */
    uint8_t *data;    /* SPEED_SIZE bytes of it */
    bool remote;      /* behind HTTP */
    bool lists, puts; /* operations that succeeded */
    verdict worst;
    int code; /* the exit code so far */
} doctor;

static void tell_json(const char *check, verdict v, const char *what, const char *advice)
{
    static const char *const status[] = {"ok", "note", "warning", "failed"};
    cz_error err;
    cJSON *line = json_object();
    json_add_text(line, "check", check);
    json_add_text(line, "status", status[v]);
    json_add_clean(line, "what", what);
    if (*advice)
        json_add_clean(line, "advice", advice);
    (void)say_json(line, &err);
}

static void tell(doctor *p, const char *check, verdict v, const char *what, const char *advice)
{
    static const char *const word[] = {"ok", "note", "warning", "FAILED"};
    if (v > p->worst)
        p->worst = v;
    if (p->o->json) {
        tell_json(check, v, what, advice);
        return;
    }
    if (p->o->quiet && v < WARNING)
        return;
    say(stdout, "%-7s  %-11s  %s", word[v], check, what);
    if (*advice)
        say(stdout, "%-7s  %-11s  -> %s", "", "", advice);
}

/* Report a failure with the message and hint of the operation. */
static void tell_error(doctor *p, const char *check, verdict v, const cz_error *err)
{
    tell(p, check, v, err->message, err->hint);
    /* A single permanent failure makes the whole run permanent. */
    if (v == FAILURE && p->code != EXIT_FAILED)
        p->code = exit_code(err->code);
}

static void failed(doctor *p, const char *check, const char *what, const char *advice)
{
    tell(p, check, FAILURE, what, advice);
    p->code = EXIT_FAILED;
}

/* ---- Access ---------------------------------------------------------------------------------- */

/* False if the store cannot be reached with these credentials: no other check is possible. */
static bool check_access(doctor *p)
{
    cz_error err;
    buf root = {0}; /* not os_stat(): HEAD responses have no error text */
    const int rc = os_get_all(p->os, "zarr.json", 1 << 20, &root, &err);
    buf_free(&root);
    if (rc == CZ_OK)
        tell(p, "access", FINE, "the store can be read", "");
    else if (rc == CZ_ABSENT)
        tell(p, "access", NOTE, "reachable; no store at this address",
             "check the address; camzarr convert creates a store");
    else
        tell_error(p, "access", FAILURE, &err);
    return rc == CZ_OK || rc == CZ_ABSENT;
}

static int count(void *user, const os_object *o)
{
    (void)o;
    return ++*(size_t *)user == 1000;
}

static bool check_listing(doctor *p)
{
    cz_error err;
    size_t n = 0;
    const int rc = os_list(p->os, "clips/", true, count, &n, &err);
    p->lists = rc >= 0;
    if (rc >= 0)
        tell(p, "listing", FINE, "clips can be listed", "");
    else if (rc == CZ_UNSUPPORTED)
        tell(p, "listing", NOTE, "listing unsupported; open clips by name", "");
    else if (rc == CZ_DENIED)
        tell_error(p, "listing", WARNING, &err);
    else
        tell_error(p, "listing", FAILURE, &err);
    return rc != CZ_ABSENT; /* of a bucket */
}

/* ---- Over HTTP ------------------------------------------------------------------------------- */

static void check_clock(doctor *p, const probe_answer *a)
{
    char what[100];
    if (!a->clock) {
        tell(p, "clock", NOTE, "the service does not report its time", "");
        return;
    }
    const int64_t skew = a->here - a->clock;
    const int64_t apart = skew < 0 ? -skew : skew;
    (void)snprintf(what, sizeof what, "this machine's clock is %" PRId64 " s %s the service's",
                   apart, skew < 0 ? "behind" : "ahead of");
    if (apart <= SKEW_NOTED)
        tell(p, "clock", FINE, "agrees with the service's clock", "");
    else if (apart <= SKEW_REFUSED)
        tell(p, "clock", WARNING, what, "set the clock (timedatectl set-ntp true)");
    else
        failed(p, "clock", what,
               "set the clock (timedatectl set-ntp true): signatures are refused");
}

static void check_http(doctor *p, const char *key)
{
    cz_error err;
    probe_answer a;
    const int rc = os_probe(p->os, key, &a, &err);
    if (rc < 0) {
        tell_error(p, "clock", FAILURE, &err);
        return;
    }
    check_clock(p, &a);
    if (a.cors)
        tell(p, "browsers", FINE, "web pages can read the store", "");
    else
        tell(p, "browsers", NOTE, "web pages of other sites cannot read the store",
             "for viewers in a browser, allow GET and HEAD with the header Range (CORS)");
}

/* ---- Reading and writing --------------------------------------------------------------------- */

static int put(doctor *p, size_t len, os_put_mode mode, cz_error *err)
{
    return os_put(p->os, p->key, p->data, len, mode, err);
}

static void check_writing(doctor *p)
{
    cz_error err;
    const int rc = put(p, 1000, OS_CREATE, &err);
    p->puts = rc == CZ_OK;
    if (rc == CZ_OK)
        tell(p, "writing", FINE, "objects can be put", "");
    else if (rc == CZ_DENIED)
        tell_error(p, "writing", WARNING, &err); /* sufficient for readers */
    else
        tell_error(p, "writing", FAILURE, &err);
}

static void check_create_only(doctor *p)
{
    cz_error err;
    const int rc = put(p, 1001, OS_CREATE, &err);
    if (rc == CZ_EXISTS)
        tell(p, "create-only", FINE, "a create-only put does not replace an object", "");
    else if (rc == CZ_OK)
        tell(p, "create-only", WARNING, "a create-only put replaced an object",
             "do not convert into this store from two machines at once");
    else
        tell_error(p, "create-only", FAILURE, &err);
}

static void check_replacing(doctor *p)
{
    cz_error err;
    uint64_t size = 0;
    int rc = put(p, 2000, OS_COMMIT, &err);
    if (rc == CZ_OK)
        rc = os_stat(p->os, p->key, &size, &err);
    if (rc < 0)
        tell_error(p, "replacing", FAILURE, &err);
    else if (size != 2000)
        failed(p, "replacing", "a stale copy of a replaced object was read",
               "bypass the cache between this machine and the store");
    else
        tell(p, "replacing", FINE, "reads return the new object", "");
}

static void check_ranges(doctor *p)
{
    cz_error err;
    uint8_t got[64];
    os_read r[] = {{.key = p->key, .offset = 0, .len = 8, .to = got},
                   {.key = p->key, .offset = 1500, .len = 48, .to = got + 8},
                   {.key = p->key, .offset = 1992, .len = 8, .to = got + 56}};
    const int rc = os_get(p->os, r, 3, NULL, &err);
    if (rc < 0)
        tell_error(p, "ranges", FAILURE, &err);
    else if (memcmp(got, p->data, 8) != 0 || memcmp(got + 8, p->data + 1500, 48) != 0 ||
             memcmp(got + 56, p->data + 1992, 8) != 0)
        failed(p, "ranges", "the server returned a wrong range",
               "bypass the cache or proxy between this machine and the store");
    else
        tell(p, "ranges", FINE, "ranges of an object can be read", "");
}

/* Without permission to write: a range of the root document. */
static void check_ranges_of_store(doctor *p)
{
    cz_error err;
    char got[1];
    os_read r = {.key = "zarr.json", .len = 1, .to = got};
    const int rc = os_get(p->os, &r, 1, NULL, &err);
    if (rc < 0)
        tell_error(p, "ranges", FAILURE, &err);
    else
        tell(p, "ranges", FINE, "ranges of an object can be read", "");
}

/* ---- Speed and space ------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void rate_text(char out[UNITS_TEXT_MAX], double seconds)
{
    size_text(out, (uint64_t)(SPEED_SIZE / (seconds > 1e-6 ? seconds : 1e-6)));
}

static void check_speed(doctor *p)
{
    cz_error err;
    buf back = {0};
    const double begun = now();
    int rc = put(p, SPEED_SIZE, OS_COMMIT, &err);
    const double half = now();
    if (rc == CZ_OK)
        rc = os_get_all(p->os, p->key, SPEED_SIZE, &back, &err);
    const double end = now();
    if (rc < 0) {
        tell_error(p, "speed", FAILURE, &err);
    } else if (back.len != SPEED_SIZE || memcmp(back.at, p->data, SPEED_SIZE) != 0) {
        failed(p, "speed", "data read differs from data written", "do not use this store");
    } else {
        char up[UNITS_TEXT_MAX], down[UNITS_TEXT_MAX], what[2 * UNITS_TEXT_MAX + 60];
        rate_text(up, half - begun);
        rate_text(down, end - half);
        (void)snprintf(what, sizeof what, "%s/s %s, %s/s back, one object at a time", up,
                       p->remote ? "up" : "to the disk", down);
        tell(p, "speed", FINE, what, "");
    }
    buf_free(&back);
}

static void check_space(doctor *p, const char *path)
{
    struct statvfs s;
    char free_text[UNITS_TEXT_MAX], what[UNITS_TEXT_MAX + 20];
    if (statvfs(path, &s) != 0)
        return; /* check_access() has reported it */
    const uint64_t free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
    size_text(free_text, free_bytes);
    (void)snprintf(what, sizeof what, "%s free", free_text);
    if (free_bytes < SPACE_NOTED)
        tell(p, "space", WARNING, what, "a clip needs as much space as its MOV: free some space");
    else
        tell(p, "space", FINE, what, "");
}

/* ---- All checks ------------------------------------------------------------------------------ */

static void check_writes(doctor *p)
{
    check_writing(p);
    if (!p->puts)
        return;
    if (p->remote)
        check_http(p, p->key);
    check_create_only(p);
    check_replacing(p);
    check_ranges(p);
    check_speed(p);
    cz_error err;
    if (os_remove(p->os, p->key, &err) < 0)
        tell_error(p, "removing", FAILURE, &err);
    else
        tell(p, "removing", FINE, "objects can be removed", "");
}

static void examine(doctor *p)
{
    uint64_t size;
    if (!check_access(p) || !check_listing(p))
        return;
    check_writes(p);
    if (!p->puts && os_stat(p->os, "zarr.json", &size, NULL) == CZ_OK) {
        if (p->remote)
            check_http(p, "zarr.json");
        check_ranges_of_store(p);
    }
    if (!p->remote)
        check_space(p, p->os->url);
}

/* A unique key, and data that a proxy cannot compress. */
static void prepare(doctor *p)
{
    uint64_t x = (uint64_t)time(NULL) * 2654435761u;
    x = (x ^ (uint64_t)getpid() << 32) | 1;
    (void)snprintf(p->key, sizeof p->key, "camzarr-doctor-%016" PRIx64, x);
    for (size_t i = 0; i < SPEED_SIZE; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        p->data[i] = (uint8_t)(x >> 24);
    }
}

int run_doctor(const options *o)
{
    cz_error err;
    doctor p = {.o = o, .code = EXIT_DONE, .data = malloc(SPEED_SIZE)};
    int rc = p.data ? os_open(&p.os, o->arg[0], false, NULL, &err)
                    : cz_fail(&err, CZ_NOMEM, "%s: out of memory", o->arg[0]);
    if (rc < 0) {
        tell_error(&p, "access", FAILURE, &err);
    } else {
        p.remote = os_behind_http(p.os);
        prepare(&p);
        examine(&p);
    }
    if (p.code != EXIT_DONE)
        say(stderr, "camzarr: doctor: %s cannot be used (see above)", o->arg[0]);
    os_close(&p.os);
    free(p.data);
    return p.code;
}
