#include "find/store_scenes.h"

#include <stdlib.h>
#include <string.h>

#include "reader/listing.h"

/* Scenes of the catalog, by row. */
typedef struct catalog_scenes {
    cz_scene *all;
    uint64_t *first; /* of each row, and after the last row the number of all */
} catalog_scenes;

typedef struct reading {
    store_scenes *out;
    size_t room;
    const stored_catalog *catalog;
    const catalog_scenes *scenes;
} reading;

static void copy_scene(cz_scene *to, const catalog_scene *from)
{
    *to = (cz_scene){
        .first = from->first, .last = from->last, .representative = from->representative};
    memcpy(to->signature, from->signature, sizeof to->signature);
}

/* Errors: FORMAT (the catalog is malformed), NOMEM. */
static int read_catalog_scenes(catalog_scenes *out, const catalog_text *text, cz_error *err)
{
    catalog_scene *scenes = NULL;
    const int rc = catalog_text_scenes(&scenes, text, err);
    if (rc < 0)
        return rc;
    const size_t n = (size_t)text->n_scenes;
    out->all = malloc((n ? n : 1) * sizeof *out->all);
    out->first = calloc(text->n_clips + 1, sizeof *out->first);
    if (!out->all || !out->first) {
        free(scenes);
        return cz_fail_memory(err, "%zu scenes", n);
    }
    for (size_t i = 0; i < n; i++) {
        copy_scene(&out->all[i], &scenes[i]);
        out->first[scenes[i].clip + 1]++;
    }
    for (size_t i = 0; i < text->n_clips; i++)
        out->first[i + 1] += out->first[i];
    free(scenes);
    return CZ_OK;
}

static void set_scenes(clip_scenes *to, const reading *r, const catalog_clip *row)
{
    const size_t i = (size_t)(row - r->catalog->text->clip);
    to->known = true;
    to->rc = row->overview[0] ? CZ_OK : CZ_ABSENT;
    to->at = r->scenes->all + r->scenes->first[i];
    to->n = (size_t)(r->scenes->first[i + 1] - r->scenes->first[i]);
}

/* Clips whose markers cannot be looked at are kept, too: reading them says why. */
static int keep_clip(void *user, listed_clip *clip, cz_error *err)
{
    reading *r = user;
    store_scenes *out = r->out;
    if (clip->rc == CZ_ABSENT)
        return CZ_OK;
    if (out->n_clips == r->room) {
        const size_t room = r->room ? 2 * r->room : 64;
        clip_scenes *at = realloc(out->clip, room * sizeof *at);
        if (!at)
            return cz_fail_memory(err, "%zu clips", room);
        out->clip = at;
        r->room = room;
    }
    clip_scenes *to = &out->clip[out->n_clips++];
    *to = (clip_scenes){.name = clip->name};
    clip->name = NULL; /* moved */
    if (clip->row && r->scenes->all)
        set_scenes(to, r, clip->row);
    return CZ_OK;
}

int store_scenes_read(store_scenes *out, cz_store *store, cz_error *err)
{
    stored_catalog catalog = {.can_list = true};
    catalog_scenes scenes = {0};
    *out = (store_scenes){0};
    reading r = {.out = out, .catalog = &catalog, .scenes = &scenes};
    const listing_job job = {
        .catalog = &catalog, .names_only = true, .each = keep_clip, .user = &r};
    int rc = stored_catalog_read(&catalog, store->os, err);
    if (rc == CZ_OK && catalog.text) {
        rc = read_catalog_scenes(&scenes, catalog.text, err);
        if (rc == CZ_FORMAT) { /* the clips say the same */
            free(scenes.all);
            scenes.all = NULL;
            rc = CZ_OK;
        }
    }
    if (rc == CZ_OK)
        rc = listing_run(store, &job, err);
    stored_catalog_free(&catalog);
    free(scenes.first);
    out->all = scenes.all;
    if (rc < 0)
        store_scenes_free(out);
    return rc;
}

void store_scenes_free(store_scenes *s)
{
    for (size_t i = 0; i < s->n_clips; i++)
        free(s->clip[i].name);
    free(s->clip);
    free(s->all);
    *s = (store_scenes){0};
}
