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

#include "base/stop.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs/verbs.h"
#include "store/cloud/probe.h"
#include "store/objects/object_store.h"
#include "store/zarr/node.h"

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
    char key[64];             /* of the doctor's own object */
    uint8_t *data;            /* SPEED_SIZE bytes of it */
    bool remote;              /* behind HTTP */
    bool lists, puts;         /* operations that succeeded */
    bool for_read, for_write; /* --for: that must be possible */
    bool may_be_there;        /* an object of the doctor's own was put, or may have been */
    bool keeps_versions;
    const char *root; /* key of the store's root document; NULL: no store */
    verdict worst;
    int code; /* the exit code so far */
} doctor;

static void report_json(const char *check, verdict v, const char *what, const char *advice)
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

static void report(doctor *d, const char *check, verdict v, const char *what, const char *advice)
{
    static const char *const word[] = {"ok", "note", "warning", "FAILED"};
    if (interrupted())
        return; /* requests fail then */
    if (v > d->worst)
        d->worst = v;
    if (d->o->json) {
        report_json(check, v, what, advice);
        return;
    }
    if (d->o->quiet && v < WARNING)
        return;
    say(stdout, "%-7s  %-11s  %s", word[v], check, what);
    if (*advice)
        say(stdout, "%-7s  %-11s  -> %s", "", "", advice);
}

/* Report a failure with the message and hint of the operation. */
static void report_error(doctor *d, const char *check, verdict v, const cz_error *err)
{
    report(d, check, v, err->message, err->hint);
    /* A single permanent failure makes the whole run permanent. */
    if (v == FAILURE && d->code != EXIT_FAILED)
        d->code = exit_code(err->code);
}

static void failed(doctor *d, const char *check, const char *what, const char *advice)
{
    report(d, check, FAILURE, what, advice);
    d->code = EXIT_FAILED;
}

/* ---- Access ---------------------------------------------------------------------------------- */

/* False if the store cannot be reached with these credentials: no other check is possible. */
static bool check_access(doctor *d)
{
    static const zarr_format versions[] = {ZARR_V3, ZARR_V2};
    cz_error err;
    int rc = CZ_ABSENT;
    for (size_t i = 0; rc == CZ_ABSENT && i < sizeof versions / sizeof *versions; i++) {
        buf root = {0}; /* not os_stat(): HEAD responses have no error text */
        d->root = zarr_attributes_name(versions[i]);
        rc = os_get_all(d->os, d->root, 1 << 20, &root, &err);
        buf_free(&root);
    }
    if (rc < 0)
        d->root = NULL;
    if (rc == CZ_OK)
        report(d, "access", FINE, "the store can be read", "");
    else if (rc == CZ_ABSENT && d->for_read)
        failed(d, "access", "no store at this address",
               "check the address; camzarr convert creates a store");
    else if (rc == CZ_ABSENT)
        report(d, "access", NOTE, "reachable; no store at this address",
               "check the address; camzarr convert creates a store");
    else
        report_error(d, "access", FAILURE, &err);
    return rc == CZ_OK || rc == CZ_ABSENT;
}

static int count(void *user, const os_object *o)
{
    (void)o;
    return ++*(size_t *)user == 1000;
}

static bool check_listing(doctor *d)
{
    cz_error err;
    size_t n = 0;
    const int rc = os_list(d->os, "clips/", true, count, &n, &err);
    d->lists = rc >= 0;
    if (rc >= 0)
        report(d, "listing", FINE, "clips can be listed", "");
    else if (rc == CZ_UNSUPPORTED)
        report(d, "listing", NOTE, "listing unsupported; open clips by name", "");
    else if (rc == CZ_DENIED) /* sufficient for clips by name */
        report_error(d, "listing", d->for_write ? FAILURE : WARNING, &err);
    else
        report_error(d, "listing", FAILURE, &err);
    return rc != CZ_ABSENT; /* of a bucket */
}

/* ---- Over HTTP ------------------------------------------------------------------------------- */

static void check_clock(doctor *d, const probe_answer *a)
{
    char what[100];
    if (!a->clock) {
        report(d, "clock", NOTE, "the service does not report its time", "");
        return;
    }
    const int64_t skew = a->here - a->clock;
    const int64_t apart = skew < 0 ? -skew : skew;
    (void)snprintf(what, sizeof what, "this machine's clock is %" PRId64 " s %s the service's",
                   apart, skew < 0 ? "behind" : "ahead of");
    if (apart <= SKEW_NOTED)
        report(d, "clock", FINE, "agrees with the service's clock", "");
    else if (apart <= SKEW_REFUSED)
        report(d, "clock", WARNING, what, "set the clock (timedatectl set-ntp true)");
    else
        failed(d, "clock", what,
               "set the clock (timedatectl set-ntp true): signatures are refused");
}

/* Replaced and removed objects stay as versions, which cost storage and are not listed. */
static void check_versions(doctor *d, const probe_answer *a)
{
    char what[120];
    d->keeps_versions = a->keeps_versions;
    if (a->locked_until[0]) {
        (void)snprintf(what, sizeof what, "objects are locked, this one until %s", a->locked_until);
        report(d, "object-lock", WARNING, what,
               "clips cannot be removed before; what an interrupted conversion leaves cannot, too");
    }
    if (a->keeps_versions)
        report(d, "versions", NOTE, "the bucket keeps versions of removed and replaced objects",
               "a lifecycle rule can remove them (NoncurrentVersionExpiration)");
}

static void check_http(doctor *d, const char *key)
{
    cz_error err;
    probe_answer a;
    const int rc = os_probe(d->os, key, &a, &err);
    if (rc < 0) {
        report_error(d, "clock", FAILURE, &err);
        return;
    }
    check_clock(d, &a);
    check_versions(d, &a);
    if (a.cors)
        report(d, "browsers", FINE, "web pages can read the store", "");
    else
        report(d, "browsers", NOTE, "web pages of other sites cannot read the store",
               "for viewers in a browser, allow GET and HEAD with the header Range (CORS)");
}

/* ---- Reading and writing --------------------------------------------------------------------- */

static int put(doctor *d, size_t len, os_put_mode mode, cz_error *err)
{
    return os_put(d->os, d->key, d->data, len, mode, err);
}

static void check_writing(doctor *d)
{
    cz_error err;
    d->may_be_there = true;
    const int rc = put(d, 1000, OS_CREATE, &err);
    d->puts = rc == CZ_OK;
    if (rc == CZ_OK)
        report(d, "writing", FINE, "objects can be put", "");
    else if (rc == CZ_DENIED) /* sufficient for readers */
        report_error(d, "writing", d->for_write ? FAILURE : WARNING, &err);
    else
        report_error(d, "writing", FAILURE, &err);
}

static void check_create_only(doctor *d)
{
    cz_error err;
    const int rc = put(d, 1001, OS_CREATE, &err);
    if (rc == CZ_EXISTS)
        report(d, "create-only", FINE, "a create-only put does not replace an object", "");
    else if (rc == CZ_OK)
        report(d, "create-only", WARNING, "a create-only put replaced an object",
               "do not convert into this store from two machines at once");
    else
        report_error(d, "create-only", FAILURE, &err);
}

static void check_replacing(doctor *d)
{
    cz_error err;
    uint64_t size = 0;
    int rc = put(d, 2000, OS_COMMIT, &err);
    if (rc == CZ_OK)
        rc = os_stat(d->os, d->key, &size, &err);
    if (rc < 0)
        report_error(d, "replacing", FAILURE, &err);
    else if (size != 2000)
        failed(d, "replacing", "a stale copy of a replaced object was read",
               "bypass the cache between this machine and the store");
    else
        report(d, "replacing", FINE, "reads return the new object", "");
}

static void check_ranges(doctor *d)
{
    cz_error err;
    uint8_t got[64];
    os_read r[] = {{.key = d->key, .offset = 0, .len = 8, .to = got},
                   {.key = d->key, .offset = 1500, .len = 48, .to = got + 8},
                   {.key = d->key, .offset = 1992, .len = 8, .to = got + 56}};
    const int rc = os_get(d->os, r, 3, NULL, &err);
    if (rc < 0)
        report_error(d, "ranges", FAILURE, &err);
    else if (memcmp(got, d->data, 8) != 0 || memcmp(got + 8, d->data + 1500, 48) != 0 ||
             memcmp(got + 56, d->data + 1992, 8) != 0)
        failed(d, "ranges", "the server returned a wrong range",
               "bypass the cache or proxy between this machine and the store");
    else
        report(d, "ranges", FINE, "ranges of an object can be read", "");
}

/* Without permission to write: a range of the root document. */
static void check_ranges_of_store(doctor *d)
{
    cz_error err;
    char got[1];
    os_read r = {.key = d->root, .len = 1, .to = got};
    const int rc = os_get(d->os, &r, 1, NULL, &err);
    if (rc < 0)
        report_error(d, "ranges", FAILURE, &err);
    else
        report(d, "ranges", FINE, "ranges of an object can be read", "");
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

static void check_speed(doctor *d)
{
    cz_error err;
    buf back = {0};
    if (d->keeps_versions) {
        report(d, "speed", NOTE, "not measured, since a version of each object stays", "");
        return;
    }
    const double begun = now();
    int rc = put(d, SPEED_SIZE, OS_COMMIT, &err);
    const double half = now();
    if (rc == CZ_OK)
        rc = os_get_all(d->os, d->key, SPEED_SIZE, &back, &err);
    const double end = now();
    if (rc < 0) {
        report_error(d, "speed", FAILURE, &err);
    } else if (back.len != SPEED_SIZE || memcmp(back.at, d->data, SPEED_SIZE) != 0) {
        failed(d, "speed", "data read differs from data written", "do not use this store");
    } else {
        char up[UNITS_TEXT_MAX], down[UNITS_TEXT_MAX], what[2 * UNITS_TEXT_MAX + 60];
        rate_text(up, half - begun);
        rate_text(down, end - half);
        (void)snprintf(what, sizeof what, "%s/s %s, %s/s back, one object at a time", up,
                       d->remote ? "up" : "to the disk", down);
        report(d, "speed", FINE, what, "");
    }
    buf_free(&back);
}

static void check_space(doctor *d, const char *path)
{
    struct statvfs s;
    char free_text[UNITS_TEXT_MAX], what[UNITS_TEXT_MAX + 20];
    if (statvfs(path, &s) != 0)
        return; /* check_access() has reported it */
    const uint64_t free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
    size_text(free_text, free_bytes);
    (void)snprintf(what, sizeof what, "%s free", free_text);
    if (free_bytes < SPACE_NOTED)
        report(d, "space", WARNING, what, "a clip needs as much space as its MOV: free some space");
    else
        report(d, "space", FINE, what, "");
}

/* ---- All checks ------------------------------------------------------------------------------ */

/* Remove the doctor's own object, also after a signal. A put that failed may have arrived. */
static void clean_up(doctor *d)
{
    cz_error err;
    if (!d->may_be_there)
        return;
    stop_when(NULL); /* requests end early once it is asked for */
    const int rc = os_remove(d->os, d->key, &err);
    if (d->puts && rc < 0)
        report_error(d, "removing", FAILURE, &err);
    else if (d->puts)
        report(d, "removing", FINE, "objects can be removed", "");
}

static void check_writes(doctor *d)
{
    static void (*const checks[])(doctor *) = {check_create_only, check_replacing, check_ranges,
                                               check_speed};
    check_writing(d);
    if (d->puts && d->remote)
        check_http(d, d->key);
    for (size_t i = 0; d->puts && i < sizeof checks / sizeof *checks && !interrupted(); i++)
        checks[i](d);
    clean_up(d);
}

static void examine(doctor *d)
{
    if (!check_access(d) || !check_listing(d) || interrupted())
        return;
    if (!d->for_read)
        check_writes(d);
    if (!d->puts && d->root && !interrupted()) {
        if (d->remote)
            check_http(d, d->root);
        check_ranges_of_store(d);
    }
    if (!d->remote)
        check_space(d, d->os->url);
}

/* A unique key, and data that a proxy cannot compress. */
static void prepare(doctor *d)
{
    uint64_t x = (uint64_t)time(NULL) * 2654435761u;
    x = (x ^ (uint64_t)getpid() << 32) | 1;
    (void)snprintf(d->key, sizeof d->key, "camzarr-doctor-%016" PRIx64, x);
    for (size_t i = 0; i < SPEED_SIZE; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        d->data[i] = (uint8_t)(x >> 24);
    }
}

int run_doctor(const options *o)
{
    cz_error err;
    const char *purpose = o->purpose ? o->purpose : "";
    doctor p = {.o = o,
                .code = EXIT_DONE,
                .for_read = strcmp(purpose, "read") == 0,
                .for_write = strcmp(purpose, "write") == 0};
    if (*purpose && !p.for_read && !p.for_write)
        return say_usage("doctor", "--for %s: neither read nor write", purpose);
    signals_handle();
    p.data = malloc(SPEED_SIZE);
    int rc = p.data ? os_open(&p.os, o->arg[0], false, NULL, &err)
                    : cz_fail_memory(&err, "%s", o->arg[0]);
    if (rc < 0) {
        report_error(&p, "access", FAILURE, &err);
    } else {
        p.remote = os_behind_http(p.os);
        prepare(&p);
        examine(&p);
    }
    if (interrupted())
        p.code = EXIT_STOPPED;
    else if (p.code != EXIT_DONE)
        say(stderr, "camzarr: doctor: %s cannot be used (see above)", o->arg[0]);
    os_close(&p.os);
    free(p.data);
    return p.code;
}
