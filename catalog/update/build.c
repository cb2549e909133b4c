#include "catalog/update/build.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/update/clip_row.h"
#include "reader/listing.h"

/* ---- What the clips say ---------------------------------------------------------------------- */

/* A clip of the new catalog: a row of the stored one, or a new one. */
typedef struct part {
    const catalog_clip *row;
    clip_row *made;
    char *name;
} part;

typedef struct build {
    const cz_store *store;
    catalog_origin *origin;
    part *part;
    size_t n, room;
    catalog_unreadable *unreadable;
    size_t n_unreadable, unreadable_room;
} build;

/* Room for one more of n elements. */
static int make_room(void **at, size_t n, size_t *room, size_t size, cz_error *err)
{
    if (n < *room)
        return CZ_OK;
    const size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*at, more * size);
    if (!grown)
        return cz_fail_memory(err, "catalog of %zu clips", more);
    *at = grown;
    *room = more;
    return CZ_OK;
}

static bool is_of_the_clip(int rc)
{
    return rc == CZ_CORRUPT || rc == CZ_FORMAT || rc == CZ_NEWER || rc == CZ_DENIED;
}

static int prepare(void *user, listed_clip *clip, cz_error *err)
{
    const build *b = user;
    return clip_row_make((clip_row **)&clip->extra, b->store, clip->marker, err);
}

static int add_unreadable(build *b, listed_clip *clip, cz_error *err)
{
    if (!is_of_the_clip(clip->rc)) {
        if (err)
            *err = *clip->err;
        return clip->rc;
    }
    const int rc = make_room((void **)&b->unreadable, b->n_unreadable, &b->unreadable_room,
                             sizeof *b->unreadable, err);
    if (rc == CZ_OK)
        b->unreadable[b->n_unreadable++] = (catalog_unreadable){clip->name, clip->rc};
    if (rc == CZ_OK)
        clip->name = NULL;
    return rc;
}

static int add_clip(void *user, listed_clip *clip, cz_error *err)
{
    build *b = user;
    b->origin->incomplete += clip->rc == CZ_ABSENT;
    if (clip->rc == CZ_ABSENT)
        return CZ_OK;
    if (clip->rc < 0)
        return add_unreadable(b, clip, err);
    const int rc = make_room((void **)&b->part, b->n, &b->room, sizeof *b->part, err);
    if (rc < 0)
        return rc;
    b->part[b->n++] = (part){clip->row, clip->extra, clip->name};
    b->origin->reused += clip->row != NULL;
    b->origin->read += clip->row == NULL;
    clip->extra = NULL;
    clip->name = NULL;
    return CZ_OK;
}

static void build_free(build *b)
{
    for (size_t i = 0; i < b->n; i++) {
        clip_row_free(b->part[i].made);
        free(b->part[i].name);
    }
    for (size_t i = 0; i < b->n_unreadable; i++)
        free((char *)b->unreadable[i].name);
    free(b->part);
    free(b->unreadable);
}

/* ---- The new text ---------------------------------------------------------------------------- */

static int64_t start_of(const part *p)
{
    return p->row ? p->row->facts.start : p->made->start;
}

static int by_start(const void *a, const void *b)
{
    const part *x = a, *y = b;
    const int64_t s = start_of(x), t = start_of(y);
    return s != t ? (s < t ? -1 : 1) : strcmp(x->name, y->name);
}

static void add_line(buf *out, const catalog_line *line)
{
    buf_add(out, line->at, line->len);
    buf_add(out, "\n", 1);
}

static void add_rows(buf *out, const build *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->part[i].row)
            add_line(out, &b->part[i].row->line);
        else
            buf_add(out, b->part[i].made->line.at, b->part[i].made->line.len);
    for (size_t i = 0; i < b->n; i++)
        if (b->part[i].made)
            buf_add(out, b->part[i].made->scenes.at, b->part[i].made->scenes.len);
        else if (b->part[i].row->n_scenes > 0)
            add_line(out, &b->part[i].row->scenes);
}

static int print(buf *out, build *b, cz_error *err)
{
    uint64_t scenes = 0;
    if (b->n)
        qsort(b->part, b->n, sizeof *b->part, by_start);
    for (size_t i = 0; i < b->n; i++)
        scenes += b->part[i].row ? b->part[i].row->n_scenes : b->part[i].made->n_scenes;
    int rc = catalog_print_header(out, b->n, scenes, b->n_unreadable, err);
    add_rows(out, b);
    for (size_t i = 0; rc == CZ_OK && i < b->n_unreadable; i++)
        rc = catalog_print_unreadable(out, b->unreadable[i].name, b->unreadable[i].code, err);
    if (rc == CZ_OK && out->bad)
        rc = cz_fail_memory(err, "catalog of %zu clips", b->n);
    return rc == CZ_OK ? catalog_print_digest(out, err) : rc;
}

/* The stored text says all of this already. */
static bool is_current(const build *b, const catalog_text *stored)
{
    if (!stored || b->origin->read > 0 || b->origin->reused != stored->n_clips ||
        b->n_unreadable != stored->n_unreadable)
        return false;
    for (size_t i = 0; i < b->n_unreadable; i++)
        if (strcmp(b->unreadable[i].name, stored->unreadable[i].name) != 0 ||
            b->unreadable[i].code != stored->unreadable[i].code)
            return false;
    return true;
}

static int finish(catalog_text **out, build *b, stored_catalog *stored, cz_error *err)
{
    buf text = {0};
    catalog_origin *o = b->origin;
    o->is_stored = stored->text != NULL;
    o->is_current = is_current(b, stored->text) || (o->is_stored && !stored->can_list);
    o->gone = stored->text ? stored->text->n_clips - o->reused : 0;
    o->unusable = stored->unusable;
    if (o->is_current) {
        *out = stored->text;
        stored->text = NULL;
        return CZ_OK;
    }
    int rc = print(&text, b, err);
    if (rc == CZ_OK)
        rc = catalog_text_parse(out, &text, "the new catalog", err);
    buf_free(&text);
    return rc;
}

int catalog_build(catalog_text **out, const cz_store *store, stored_catalog *stored,
                  catalog_origin *origin, cz_error *err)
{
    *origin = (catalog_origin){0};
    build b = {.store = store, .origin = origin};
    const listing_job job = {.catalog = stored,
                             .prepare = prepare,
                             .each = add_clip,
                             .free_extra = clip_row_free,
                             .user = &b};
    int rc = listing_run(store, &job, err);
    if (rc == CZ_OK)
        rc = finish(out, &b, stored, err);
    build_free(&b);
    return rc;
}
