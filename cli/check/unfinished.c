#include "cli/check/unfinished.h"

#include <stdlib.h>
#include <string.h>

#include "format/layout.h"

const char *unfinished_kind_name(unfinished_kind kind)
{
    static const char *const name[] = {[UNFINISHED_CONVERSION] = "conversion",
                                       [UNFINISHED_REMOVAL] = "removal",
                                       [UNFINISHED_REMAINS] = "remains"};
    return name[kind];
}

/* ---- Names ----------------------------------------------------------------------------------- */

int name_set_add(name_set *s, const char *name, cz_error *err)
{
    if (s->n == s->room) {
        const size_t room = s->room ? 2 * s->room : 64;
        char **more = realloc(s->at, room * sizeof(char *));
        if (!more)
            return cz_fail_memory(err, "%zu names of clips", room);
        s->at = more;
        s->room = room;
    }
    s->at[s->n] = strdup(name);
    return s->at[s->n] ? (s->n++, CZ_OK) : cz_fail_memory(err, "%zu names of clips", s->n);
}

void name_set_free(name_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->at[i]);
    free(s->at);
    *s = (name_set){0};
}

static int by_name(const void *key, const void *at)
{
    return strcmp(key, *(char *const *)at);
}

static bool has_name(const name_set *s, const char *name)
{
    return s->n > 0 && bsearch(name, s->at, s->n, sizeof(char *), by_name);
}

/* ---- One clip -------------------------------------------------------------------------------- */

typedef struct scan {
    unfinished_clip *to;
    zarr_format zarr;
    size_t prefix; /* length of "clips/NAME/" */
    bool has_marker, has_record;
} scan;

static int add_object(void *user, const os_object *o)
{
    scan *s = user;
    const char *rel_key = o->key + s->prefix;
    if (!rel_key_is_of_format(s->zarr, rel_key))
        return CZ_OK;
    s->has_marker |= strcmp(rel_key, rel_key_marker(s->zarr)) == 0;
    s->has_record |= strcmp(rel_key, REL_KEY_RECORD) == 0;
    /* Another program's group document alone is no clip. */
    if (strcmp(rel_key, zarr_group_part(s->zarr, 0)) != 0)
        s->to->objects++;
    s->to->bytes += o->size;
    if (o->modified > s->to->modified)
        s->to->modified = o->modified;
    return CZ_OK;
}

int unfinished_read(unfinished_clip *out, cz_store *store, const char *name, cz_error *err)
{
    char prefix[KEY_MAX];
    cz_error why = {0};
    *out = (unfinished_clip){.name = name, .kind = UNFINISHED_REMAINS};
    if (!clip_name_ok(name))
        return cz_fail(err, CZ_USAGE, "%s: invalid clip name", name);
    clip_key(prefix, name, "");
    scan s = {.to = out, .zarr = store->zarr, .prefix = strlen(prefix)};
    int rc = os_list(store->os, prefix, false, add_object, &s, &why);
    if (rc == CZ_OK && s.has_marker)
        return cz_fail(err, CZ_EXISTS, "%s: complete", name);
    if (rc == CZ_OK && out->objects == 0)
        return cz_fail(err, CZ_ABSENT, "%s: no such clip (%s)", name, store->os->url);
    out->in_progress = rc == CZ_OK && os_is_locked(store->os, prefix);
    if (rc == CZ_OK && s.has_record) {
        rc = conversion_record_read(&out->record, store->os, name, &why);
        if (rc == CZ_OK)
            out->kind = out->record.is_removal ? UNFINISHED_REMOVAL : UNFINISHED_CONVERSION;
        else if (rc == CZ_ABSENT || rc == CZ_FORMAT)
            rc = CZ_OK; /* it has ended meanwhile, or the record is damaged */
    }
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int add_folder(void *user, const os_object *o)
{
    name_set *folders = user;
    char name[CLIP_NAME_MAX + 1];
    const char *from = o->key + sizeof "clips/" - 1;
    const size_t n = strcspn(from, "/");
    if (from[n] != '/' || n == 0 || n > CLIP_NAME_MAX)
        return CZ_OK;
    memcpy(name, from, n);
    name[n] = '\0';
    return clip_name_ok(name) ? name_set_add(folders, name, NULL) : CZ_OK;
}

/* Folders without a marker when they were listed. */
static int list_candidates(name_set *out, cz_store *store, const name_set *complete, cz_error *err)
{
    name_set folders = {0};
    int rc = os_list(store->os, "clips/", true, add_folder, &folders, err);
    if (rc == CZ_NOMEM)
        (void)cz_fail_memory(err, "names of clips");
    for (size_t i = 0; rc == CZ_OK && i < folders.n; i++)
        if (!has_name(complete, folders.at[i]))
            rc = name_set_add(out, folders.at[i], err);
    name_set_free(&folders);
    return rc;
}

int unfinished_each(cz_store *store, const name_set *complete,
                    int (*each)(void *user, const unfinished_clip *u), void *user, cz_error *err)
{
    name_set listed = {0}, candidates = {0};
    cz_error why = {0};
    int rc = complete ? CZ_OK : cz_clips(&listed.at, &listed.n, store, &why);
    if (rc == CZ_OK)
        rc = list_candidates(&candidates, store, complete ? complete : &listed, &why);
    for (size_t i = 0; rc == CZ_OK && i < candidates.n; i++) {
        unfinished_clip u;
        rc = unfinished_read(&u, store, candidates.at[i], &why);
        if (rc == CZ_OK)
            rc = each(user, &u);
        else if (rc == CZ_ABSENT || rc == CZ_EXISTS)
            rc = CZ_OK; /* not a clip, or not any more, or complete now */
    }
    name_set_free(&candidates);
    name_set_free(&listed);
    if (rc < 0 && err)
        *err = why;
    return rc;
}
