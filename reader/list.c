/* The complete clips of a store. A clip is complete when it has a commit marker. What the catalog
 * does not say costs a request a clip; many are under way at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "reader/listing.h"

typedef struct listing {
    const cz_store *store;
    const listing_job *job;
    listed_clip *at;
    size_t n, room;
    cz_error *err; /* of add_name() */
} listing;

/* ---- Names ---------------------------------------------------------------------------------- */

static int add_name(listing *list, const char *name, size_t len)
{
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : 64;
        listed_clip *at = realloc(list->at, room * sizeof *at);
        if (!at)
            return cz_fail_memory(list->err, "%zu names of clips", room);
        list->at = at;
        list->room = room;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return cz_fail_memory(list->err, "%zu names of clips", list->n);
    if (clip_name_ok(copy))
        list->at[list->n++] = (listed_clip){.name = copy};
    else
        free(copy);
    return CZ_OK;
}

static int add_folder(void *user, const os_object *o)
{
    static const char before[] = "clips/";
    const char *name = o->key + sizeof before - 1;
    const size_t len = strcspn(name, "/");
    return name[len] == '/' ? add_name(user, name, len) : CZ_OK; /* else an object, not a clip */
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const listed_clip *)a)->name, ((const listed_clip *)b)->name);
}

/* Where nothing can be listed, the clips are those of the catalog. */
static int names_of_catalog(listing *list, const catalog_text *text)
{
    int rc = CZ_OK;
    for (size_t i = 0; i < text->n_clips && rc == CZ_OK; i++) {
        const char *name = text->clip[text->by_name[i]].facts.name;
        rc = add_name(list, name, strlen(name));
    }
    return rc;
}

/* All folders below clips/ whose names are those of clips. Folders come in the order of "NAME/",
 * where '-' stands before '/'. */
static int list_names(listing *list, cz_error *err)
{
    const stored_catalog *catalog = list->job->catalog;
    list->err = err;
    if (catalog && catalog->text && !catalog->can_list)
        return names_of_catalog(list, catalog->text);
    const int rc = os_list(list->store->os, "clips/", true, add_folder, list, err);
    if (rc == CZ_OK && list->n)
        qsort(list->at, list->n, sizeof *list->at, by_name);
    return rc;
}

/* ---- Commit markers ------------------------------------------------------------------------- */

static void clear(const listing *list, listed_clip *e)
{
    if (e->extra)
        list->job->free_extra(e->extra);
    free(e->name);
    free(e->err);
    commit_marker_free(&e->marker);
    *e = (listed_clip){0};
}

static void listing_free(listing *list)
{
    for (size_t i = 0; i < list->n; i++)
        clear(list, &list->at[i]);
    free(list->at);
}

/* The clip's row, if it can be trusted. In a local folder a look at the marker costs next to
 * nothing, and finds clips that were removed or replaced by other programs. */
static const catalog_clip *trusted_row(const listing *list, const char *name)
{
    object_store *os = list->store->os;
    const stored_catalog *catalog = list->job->catalog;
    char key[KEY_MAX];
    uint64_t size;
    const catalog_clip *row = catalog ? stored_catalog_row(catalog, name) : NULL;
    if (!row || os_is_remote(os))
        return row;
    clip_key(key, name, rel_key_marker(list->store->zarr));
    return os_stat(os, key, &size, NULL) == CZ_OK && size == row->marker_bytes ? row : NULL;
}

static int look(const listing *list, listed_clip *e, cz_error *why)
{
    const cz_store *store = list->store;
    char key[KEY_MAX];
    uint64_t size;
    if (!list->job->names_only)
        return commit_marker_read(&e->marker, store->os, store->zarr, e->name, why);
    clip_key(key, e->name, rel_key_marker(store->zarr));
    return os_stat(store->os, key, &size, why);
}

/* Whether the clip is complete. What fails is kept in the entry; only lack of memory for that ends
 * the work. */
static int probe(void *ctx, unsigned worker, void *item, cz_error *err)
{
    const listing *list = ctx;
    listed_clip *e = item;
    cz_error why;
    (void)worker;
    e->row = trusted_row(list, e->name);
    if (e->row)
        return CZ_OK;
    e->rc = look(list, e, &why);
    if (e->rc == CZ_OK && list->job->prepare)
        e->rc = list->job->prepare(list->job->user, e, &why);
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
    return list->job->names_only ? 1 : workers_wanted(0);
}

/* Commit markers in memory at a time. */
enum { AHEAD = 1024 };

static int pass(listing *list, size_t first, size_t end, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = first; i < end && rc == CZ_OK; i++) {
        rc = list->job->each(list->job->user, &list->at[i], err);
        clear(list, &list->at[i]);
    }
    return rc;
}

static int look_at_all(listing *list, cz_error *err)
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
        rc = pass(list, first, end, err);
    }
    cz_error why;
    const int joined = workers_join(&pool, &why);
    if (rc == CZ_OK && joined < 0) {
        rc = joined;
        if (err)
            *err = why;
    }
    return rc;
}

int listing_run(const cz_store *store, const listing_job *job, cz_error *err)
{
    listing list = {.store = store, .job = job};
    const int rc = look_at_all(&list, err);
    listing_free(&list);
    return rc;
}

/* ---- The public functions -------------------------------------------------------------------- */

typedef struct name_list {
    char **at;
    size_t n, room;
} name_list;

static int keep_name(void *user, listed_clip *e, cz_error *err)
{
    name_list *names = user;
    if (e->rc == CZ_ABSENT)
        return CZ_OK;
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

/* In a local folder a look at each marker costs less than reading the catalog. */
int cz_clips(char ***out, size_t *n, cz_store *store, cz_error *err)
{
    stored_catalog catalog = {.can_list = true};
    name_list names = {0};
    const listing_job job = {
        .catalog = &catalog, .names_only = true, .each = keep_name, .user = &names};
    int rc = os_is_remote(store->os) ? stored_catalog_read(&catalog, store->os, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = listing_run(store, &job, err);
    stored_catalog_free(&catalog);
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

static int give_facts(void *user, listed_clip *e, cz_error *err)
{
    const facts_call *call = user;
    (void)err;
    if (e->rc == CZ_ABSENT)
        return CZ_OK;
    const cz_facts *facts = e->row ? &e->row->facts : e->marker ? &e->marker->facts : NULL;
    return call->each(call->user, e->name, facts, e->err);
}

int list_facts(cz_store *store, cz_list_each each, void *user, cz_error *ret_unusable,
               cz_error *err)
{
    stored_catalog catalog = {0};
    facts_call call = {each, user};
    const listing_job job = {.catalog = &catalog, .each = give_facts, .user = &call};
    int rc = stored_catalog_read(&catalog, store->os, err);
    if (rc == CZ_OK)
        rc = listing_run(store, &job, err);
    if (ret_unusable)
        *ret_unusable = catalog.unusable;
    stored_catalog_free(&catalog);
    return rc;
}

int cz_list(cz_store *store, cz_list_each each, void *user, cz_error *err)
{
    return list_facts(store, each, user, NULL, err);
}
