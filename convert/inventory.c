#include "convert/inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/chunk_list.h"

void inventory_free(inventory *v)
{
    if (!v)
        return;
    free(v->at);
    *v = (inventory){0};
}

static int add(inventory *v, const char *rel_key, uint64_t size, const char *sha256, cz_error *err)
{
    if (v->n == v->room) {
        const size_t room = v->room ? 2 * v->room : 64;
        inventory_item *more = realloc(v->at, room * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "%s: list of %zu objects", rel_key, room);
        v->at = more;
        v->room = room;
    }
    inventory_item *item = &v->at[v->n++];
    *item = (inventory_item){.size = size};
    (void)snprintf(item->rel_key, sizeof item->rel_key, "%.*s", REL_KEY_MAX - 1, rel_key);
    (void)snprintf(item->sha256, sizeof item->sha256, "%s", sha256);
    return CZ_OK;
}

static int by_rel_key(const void *a, const void *b)
{
    return strcmp(((const inventory_item *)a)->rel_key, ((const inventory_item *)b)->rel_key);
}

void inventory_sort(inventory *v)
{
    if (v->n > 0)
        qsort(v->at, v->n, sizeof *v->at, by_rel_key);
}

int inventory_add(inventory *v, const published *o, uint64_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (uint64_t i = 0; rc == CZ_OK && i < n; i++)
        if (o[i].rel_key[0])
            rc = add(v, o[i].rel_key, o[i].size, o[i].sha256, err);
    return rc;
}

int inventory_of_marker(inventory *out, object_store *os, const commit_marker *m, const char *clip,
                        cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < m->n_objects; i++)
        rc = add(out, m->object[i].key, m->object[i].size, m->object[i].sha256, err);
    const marker_object *table = commit_marker_find(m, REL_KEY_CHUNK_LIST);
    if (rc == CZ_OK && table) {
        chunk_list lines = {0};
        chunk_list_entry line;
        rc = chunk_list_open(&lines, os, clip, table->size, err);
        while (rc == CZ_OK && (rc = chunk_list_next(&lines, &line, err)) == 1)
            rc = add(out, line.rel_key, line.size, line.sha256, err);
        chunk_list_close(&lines);
    }
    inventory_sort(out);
    return rc;
}

const inventory_item *inventory_find(const inventory *v, const char *rel_key)
{
    inventory_item key = {0};
    if (strlen(rel_key) >= sizeof key.rel_key || v->n == 0)
        return NULL;
    memcpy(key.rel_key, rel_key, strlen(rel_key) + 1);
    return bsearch(&key, v->at, v->n, sizeof key, by_rel_key);
}

typedef struct check {
    inventory *v;
    size_t prefix; /* length of "clips/NAME/" */
    size_t wrong;
    char *what;
} check;

static void wrong(check *c, const inventory_item *item, const char *why)
{
    if (c->wrong++ == 0)
        (void)snprintf(c->what, INVENTORY_WHAT, "%s: %s", item->rel_key, why);
}

static int compare(void *user, const os_object *o)
{
    check *c = user;
    inventory_item *item = (inventory_item *)inventory_find(c->v, o->key + c->prefix);
    if (!item)
        return CZ_OK;
    item->found = true;
    if (item->size != o->size) {
        char why[96];
        (void)snprintf(why, sizeof why, "it has %" PRIu64 " bytes and should have %" PRIu64,
                       o->size, item->size);
        wrong(c, item, why);
    }
    return CZ_OK;
}

int inventory_check(inventory *v, object_store *os, const char *clip, size_t *ret_wrong,
                    char what[INVENTORY_WHAT], cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, clip, "");
    check c = {.v = v, .prefix = strlen(prefix), .what = what};
    what[0] = '\0';
    for (size_t i = 0; i < v->n; i++)
        v->at[i].found = false;
    const int rc = os_list(os, prefix, false, compare, &c, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < v->n; i++)
        if (!v->at[i].found)
            wrong(&c, &v->at[i], "it is missing");
    *ret_wrong = c.wrong;
    return CZ_OK;
}
