#include "cli/serve/clips.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/missing_clip.h"

struct open_clip_entry {
    cz_clip *clip;
    unsigned users;
    uint64_t used;    /* value of clips.clock at the last clips_acquire() */
    bool is_replaced; /* not to be found any more */
};

/* A row of the listing. */
typedef struct span {
    char *name;
    int64_t start, end;
} span;

typedef struct listing {
    span *at;
    size_t n, room;
} listing;

struct clips {
    cz_store *store;
    pthread_mutex_t lock; /* of the members below */
    open_clip_entry *entry[CLIPS_OPEN_MAX + CLIPS_IN_USE_MAX];
    size_t n;
    uint64_t clock;
    pthread_mutex_t list_lock; /* of the listing */
    listing listed;
    bool has_listing;
    time_t listed_at; /* of the monotonic clock */
};

int clips_new(clips **out, cz_store *store, cz_error *err)
{
    clips *c = calloc(1, sizeof *c);
    if (!c)
        return cz_fail_memory(err, "open clips");
    c->store = store;
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return cz_fail_memory(err, "open clips");
    }
    if (pthread_mutex_init(&c->list_lock, NULL) != 0) {
        (void)pthread_mutex_destroy(&c->lock);
        free(c);
        return cz_fail_memory(err, "open clips");
    }
    *out = c;
    return CZ_OK;
}

/* ---- Open clips ------------------------------------------------------------------------------ */

static void entry_free(open_clip_entry *e)
{
    cz_clip_close(&e->clip);
    free(e);
}

static void take_out(clips *c, size_t i)
{
    open_clip_entry *e = c->entry[i];
    c->entry[i] = c->entry[--c->n];
    entry_free(e);
}

/* Close clips that are not in use: those replaced, and the oldest beyond CLIPS_OPEN_MAX. */
static void trim(clips *c)
{
    for (size_t i = c->n; i-- > 0;)
        if (c->entry[i]->users == 0 && c->entry[i]->is_replaced)
            take_out(c, i);
    while (c->n > CLIPS_OPEN_MAX) {
        size_t oldest = c->n;
        for (size_t i = 0; i < c->n; i++)
            if (c->entry[i]->users == 0 &&
                (oldest == c->n || c->entry[i]->used < c->entry[oldest]->used))
                oldest = i;
        if (oldest == c->n)
            return;
        take_out(c, oldest);
    }
}

static open_clip_entry *find(clips *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!c->entry[i]->is_replaced && strcmp(cz_clip_facts(c->entry[i]->clip)->name, name) == 0)
            return c->entry[i];
    return NULL;
}

static void use(clips *c, open_clip_entry *e)
{
    e->users++;
    e->used = ++c->clock;
}

static int add(clips *c, open_clip_entry *e, cz_error *err)
{
    if (c->n == CLIPS_OPEN_MAX + CLIPS_IN_USE_MAX)
        return cz_fail(err, CZ_NOMEM, "%zu clips are in use", c->n);
    c->entry[c->n++] = e;
    return CZ_OK;
}

/* Two threads may open the same clip at once; the first one is kept. */
static int open_new(open_clip_entry **out, clips *c, const char *name, cz_error *err)
{
    open_clip_entry *e = calloc(1, sizeof *e);
    if (!e)
        return cz_fail_memory(err, "%s", name);
    int rc = open_clip(&e->clip, c->store, name, err);
    if (rc < 0) {
        free(e);
        return rc;
    }
    (void)pthread_mutex_lock(&c->lock);
    open_clip_entry *there = find(c, name);
    rc = there ? CZ_OK : add(c, e, err);
    if (rc == CZ_OK) {
        *out = there ? there : e;
        use(c, *out);
        trim(c);
    }
    (void)pthread_mutex_unlock(&c->lock);
    if (there || rc < 0)
        entry_free(e);
    return rc;
}

int clips_acquire(open_clip_entry **out, clips *c, const char *name, cz_error *err)
{
    (void)pthread_mutex_lock(&c->lock);
    open_clip_entry *e = find(c, name);
    if (e)
        use(c, e);
    (void)pthread_mutex_unlock(&c->lock);
    if (!e)
        return open_new(out, c, name, err);
    *out = e;
    return CZ_OK;
}

cz_clip *clips_clip(const open_clip_entry *e)
{
    return e->clip;
}

void clips_release(clips *c, open_clip_entry **e)
{
    if (!*e)
        return;
    (void)pthread_mutex_lock(&c->lock);
    (*e)->users--;
    trim(c);
    (void)pthread_mutex_unlock(&c->lock);
    *e = NULL;
}

void clips_forget(clips *c, open_clip_entry *e)
{
    (void)pthread_mutex_lock(&c->lock);
    e->is_replaced = true;
    (void)pthread_mutex_unlock(&c->lock);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static void listing_free(listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->at[i].name);
    free(l->at);
    *l = (listing){0};
}

/* Clips without a start are not found by time, and those that cannot be read are left out. */
static int add_span(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    listing *l = user;
    (void)failed;
    if (!facts || !start_known(facts->start_from))
        return CZ_OK;
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 64;
        span *more = realloc(l->at, room * sizeof *more);
        if (!more)
            return CZ_NOMEM;
        l->at = more;
        l->room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        return CZ_NOMEM;
    l->at[l->n++] = (span){copy, facts->start, facts->end};
    return CZ_OK;
}

static const span *find_span(const listing *l, int64_t time)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].start <= time && time < l->at[i].end)
            return &l->at[i];
    return NULL;
}

static time_t seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static int refresh(clips *c, cz_error *err)
{
    listing fresh = {0};
    const int rc = cz_list(c->store, add_span, &fresh, err);
    if (rc < 0) {
        listing_free(&fresh);
        return rc == CZ_NOMEM ? cz_fail_memory(err, "list of clips") : rc;
    }
    listing_free(&c->listed);
    c->listed = fresh;
    c->has_listing = true;
    c->listed_at = seconds();
    return CZ_OK;
}

static int no_clip_then(const listing *l, int64_t time, cz_error *err)
{
    char text[TIMESTAMP_TEXT_MAX], end[TIMESTAMP_TEXT_MAX] = "", start[TIMESTAMP_TEXT_MAX] = "";
    const span *before = NULL, *after = NULL;
    for (size_t i = 0; i < l->n; i++) {
        const span *s = &l->at[i];
        if (s->end <= time && (!before || s->end > before->end))
            before = s;
        if (s->start > time && (!after || s->start < after->start))
            after = s;
    }
    timestamp_format(text, time);
    if (before)
        timestamp_format(end, before->end);
    if (after)
        timestamp_format(start, after->start);
    return cz_fail(err, CZ_ABSENT, "%s: no clip was recorded then%s%s%s%s%s%s%s%s", text,
                   before ? "; " : "", before ? before->name : "", before ? " ends at " : "", end,
                   after ? "; " : "", after ? after->name : "", after ? " starts at " : "", start);
}

int clips_at(char **out, clips *c, int64_t time, cz_error *err)
{
    int rc = CZ_OK;
    (void)pthread_mutex_lock(&c->list_lock);
    const span *s = find_span(&c->listed, time);
    if (!s && (!c->has_listing || seconds() - c->listed_at >= CLIPS_LIST_SECONDS)) {
        rc = refresh(c, err);
        s = find_span(&c->listed, time);
    }
    if (rc == CZ_OK && !s)
        rc = no_clip_then(&c->listed, time, err);
    char *copy = rc == CZ_OK && s ? strdup(s->name) : NULL;
    (void)pthread_mutex_unlock(&c->list_lock);
    if (rc == CZ_OK && !copy)
        rc = cz_fail_memory(err, "clip");
    if (rc == CZ_OK)
        *out = copy;
    return rc;
}

void clips_free(clips **ref)
{
    clips *c = *ref;
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        entry_free(c->entry[i]);
    listing_free(&c->listed);
    (void)pthread_mutex_destroy(&c->lock);
    (void)pthread_mutex_destroy(&c->list_lock);
    free(c);
    *ref = NULL;
}
