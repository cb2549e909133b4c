#include "catalog/update/catalog.h"

#include <stdatomic.h>
#include <stdlib.h>

struct catalog {
    catalog_text *text;
    _Atomic(catalog_scene *) scenes; /* NULL until first used */
};

int catalog_open(catalog **out, cz_store *store, catalog_origin *origin, cz_error *err)
{
    stored_catalog stored = {0};
    catalog_origin found = {0};
    catalog *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return cz_fail_memory(err, "%s: catalog", store->os->url);
    int rc = stored_catalog_read(&stored, store->os, err);
    if (rc == CZ_OK)
        rc = catalog_build(&c->text, store, &stored, &found, err);
    stored_catalog_free(&stored);
    if (origin)
        *origin = found;
    if (rc == CZ_OK) {
        *out = c;
        c = NULL;
    }
    free(c);
    return rc;
}

void catalog_close(catalog **c)
{
    if (!c || !*c)
        return;
    catalog_text_free(&(*c)->text);
    free(atomic_load(&(*c)->scenes));
    free(*c);
    *c = NULL;
}

size_t catalog_count(const catalog *c)
{
    return c->text->n_clips;
}

const catalog_clip *catalog_at(const catalog *c, size_t i)
{
    return &c->text->clip[i];
}

const catalog_clip *catalog_find(const catalog *c, const char *name)
{
    return catalog_text_find(c->text, name);
}

size_t catalog_number(const catalog *c, const catalog_clip *row)
{
    return (size_t)(row - c->text->clip);
}

/* Another thread may set them first, and callers may have its address. */
int catalog_scenes(const catalog_scene **out, size_t *n, catalog *c, cz_error *err)
{
    catalog_scene *scenes = NULL, *none = NULL;
    if (!atomic_load(&c->scenes)) {
        const int rc = catalog_text_scenes(&scenes, c->text, err);
        if (rc < 0)
            return rc;
        if (!atomic_compare_exchange_strong(&c->scenes, &none, scenes))
            free(scenes);
    }
    *out = atomic_load(&c->scenes);
    *n = (size_t)c->text->n_scenes;
    return CZ_OK;
}

const catalog_text *catalog_text_of(const catalog *c)
{
    return c->text;
}
