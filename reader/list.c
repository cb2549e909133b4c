/* The complete clips of a store. A clip is complete when it has a commit marker, so that each name
 * costs a request; many are under way at a time. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/workers.h"
#include "reader/reader.h"

typedef struct entry {
    char *name;
    commit_marker *marker; /* of WITH_MARKERS */
    int rc;
    cz_error *err; /* if rc is neither CZ_OK nor ABSENT */
} entry;

typedef struct listing {
    const cz_store *store;
    entry *at;
    size_t n, room;
    bool with_markers; /* read the commit markers; otherwise only whether they are there */
    cz_error *err;     /* of add_name() */
} listing;

/* ---- Names ---------------------------------------------------------------------------------- */

static int add_name(void *user, const os_object *o)
{
    static const char before[] = "clips/";
    listing *list = user;
    const char *name = o->key + sizeof before - 1;
    const size_t len = strcspn(name, "/");
    if (name[len] != '/')
        return CZ_OK; /* an object, not a clip */
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : 64;
        entry *at = realloc(list->at, room * sizeof *at);
        if (!at)
            return cz_fail_memory(list->err, "%zu names of clips", room);
        list->at = at;
        list->room = room;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return cz_fail_memory(list->err, "%zu names of clips", list->n);
    if (clip_name_ok(copy))
        list->at[list->n++] = (entry){.name = copy};
    else
        free(copy);
    return CZ_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

/* All folders below clips/ whose names are those of clips. Folders come in the order of "NAME/",
 * where '-' stands before '/'. */
static int list_names(listing *list, cz_error *err)
{
    list->err = err;
    const int rc = os_list(list->store->os, "clips/", true, add_name, list, err);
    if (rc == CZ_OK && list->n)
        qsort(list->at, list->n, sizeof *list->at, by_name);
    return rc;
}

/* ---- Commit markers ------------------------------------------------------------------------- */

static void entry_clear(entry *e)
{
    free(e->name);
    free(e->err);
    commit_marker_free(&e->marker);
    *e = (entry){0};
}

static void listing_free(listing *list)
{
    for (size_t i = 0; i < list->n; i++)
        entry_clear(&list->at[i]);
    free(list->at);
}

/* Whether the clip is complete. What fails is kept in the entry; only lack of memory for that ends
 * the work. */
static int probe(void *ctx, unsigned worker, void *item, cz_error *err)
{
    const listing *list = ctx;
    const cz_store *store = list->store;
    entry *e = item;
    char key[KEY_MAX];
    uint64_t size;
    cz_error why;
    (void)worker;
    clip_key(key, e->name, rel_key_marker(store->zarr));
    e->rc = list->with_markers
                ? commit_marker_read(&e->marker, store->os, store->zarr, e->name, &why)
                : os_stat(store->os, key, &size, &why);
    if (e->rc == CZ_OK || e->rc == CZ_ABSENT)
        return CZ_OK;
    e->err = malloc(sizeof *e->err);
    if (!e->err)
        return cz_fail_memory(err, "%s", e->name);
    *e->err = why;
    return CZ_OK;
}

static unsigned concurrency(const listing *list)
{
    const object_store *os = list->store->os;
    if (os->puts)
        return os->puts;
    const long n = list->with_markers ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
    return n > 1 ? (unsigned)n : 1;
}

/* Commit markers in memory at a time. */
enum { AHEAD = 1024 };

/* Called with the entries of complete clips, in order, and of those that could not be read. */
typedef int (*each_entry)(void *user, entry *e, cz_error *err);

static int pass(listing *list, size_t first, size_t end, each_entry each, void *user, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = first; i < end && rc == CZ_OK; i++) {
        entry *e = &list->at[i];
        if (e->rc != CZ_ABSENT)
            rc = each(user, e, err);
        entry_clear(e);
    }
    return rc;
}

static int each_complete(listing *list, each_entry each, void *user, cz_error *err)
{
    static const worker_ops ops = {.run = probe};
    workers *pool = NULL;
    int rc = list_names(list, err);
    if (rc == CZ_OK && list->n > 0)
        rc = workers_start(&pool, concurrency(list), AHEAD, &ops, list, err);
    for (size_t first = 0; rc == CZ_OK && first < list->n; first += AHEAD) {
        const size_t end = list->n - first < AHEAD ? list->n : first + AHEAD;
        for (size_t i = first; i < end; i++)
            workers_push(pool, &list->at[i]);
        workers_wait(pool);
        if (workers_failed(pool))
            break;
        rc = pass(list, first, end, each, user, err);
    }
    cz_error why;
    const int joined = workers_join(&pool, &why);
    if (rc == CZ_OK && joined < 0) {
        rc = joined;
        if (err)
            *err = why;
    }
    listing_free(list);
    return rc;
}

/* ---- The public functions -------------------------------------------------------------------- */

typedef struct name_list {
    char **at;
    size_t n, room;
} name_list;

static int keep_name(void *user, entry *e, cz_error *err)
{
    name_list *names = user;
    if (e->rc < 0) {
        if (err)
            *err = *e->err;
        return e->rc;
    }
    if (names->n == names->room) {
        const size_t room = names->room ? 2 * names->room : 64;
        char **at = realloc(names->at, room * sizeof *at);
        if (!at)
            return cz_fail_memory(err, "%zu names of clips", room);
        names->at = at;
        names->room = room;
    }
    names->at[names->n++] = e->name;
    e->name = NULL;
    return CZ_OK;
}

int cz_clips(char ***out, size_t *n, cz_store *store, cz_error *err)
{
    listing list = {.store = store};
    name_list names = {0};
    const int rc = each_complete(&list, keep_name, &names, err);
    if (rc < 0) {
        cz_names_free(&names.at, names.n);
        return rc;
    }
    *out = names.at;
    *n = names.n;
    return CZ_OK;
}

void cz_names_free(char ***names, size_t n)
{
    if (!names || !*names)
        return;
    for (size_t i = 0; i < n; i++)
        free((*names)[i]);
    free(*names);
    *names = NULL;
}

typedef struct facts_call {
    cz_list_each each;
    void *user;
} facts_call;

static int give_facts(void *user, entry *e, cz_error *err)
{
    const facts_call *call = user;
    (void)err;
    return call->each(call->user, e->name, e->marker ? &e->marker->facts : NULL, e->err);
}

int cz_list(cz_store *store, cz_list_each each, void *user, cz_error *err)
{
    listing list = {.store = store, .with_markers = true};
    facts_call call = {each, user};
    return each_complete(&list, give_facts, &call, err);
}
