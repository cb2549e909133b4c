#include "catalog/update/verify.h"

#include <stdio.h>
#include <string.h>

#include "catalog/update/columns.h"
#include "format/layout.h"

typedef struct check {
    cz_store *store;
    void (*found)(void *user, const cz_finding *finding);
    void *user;
} check;

static void report(const check *c, int code, const char *key, const char *what)
{
    const cz_finding finding = {.code = code, .key = key, .frame = -1, .what = what};
    c->found(c->user, &finding);
}

static bool same_line(const catalog_line *a, const catalog_line *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

/* Readers would take the row from this catalog, and it is not what the clip says. */
static bool is_wrong(const stored_catalog *stored, const catalog_clip *should)
{
    const catalog_clip *row = stored_catalog_row(stored, should->facts.name);
    return row && row->marker_bytes == should->marker_bytes &&
           !(same_line(&row->line, &should->line) && same_line(&row->scenes, &should->scenes));
}

/* The clip, or the catalog, may have been changed since the catalog was read. */
static int confirm(const check *c, const catalog_clip *should, cz_error *err)
{
    stored_catalog again = {0};
    char what[CLIP_NAME_MAX + 80];
    const int rc = stored_catalog_read(&again, c->store->os, err);
    if (rc == CZ_OK && is_wrong(&again, should)) {
        (void)snprintf(what, sizeof what, "its row of %s isn't what the clip says",
                       should->facts.name);
        report(c, CZ_CORRUPT, CATALOG_KEY, what);
    }
    stored_catalog_free(&again);
    return rc;
}

static int compare_rows(const check *c, const stored_catalog *stored, const catalog_text *clips,
                        cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; i < clips->n_clips && rc == CZ_OK; i++)
        if (is_wrong(stored, &clips->clip[i]))
            rc = confirm(c, &clips->clip[i], err);
    return rc;
}

static int compare_object(void *user, const char *key, const void *data, size_t len, cz_error *err)
{
    const check *c = user;
    bool same = false;
    cz_error why;
    const int rc = os_same_read(c->store->os, key, data, len, &same, &why);
    if (rc == CZ_ABSENT)
        report(c, rc, key, "it is missing");
    else if (rc == CZ_CORRUPT || (rc == CZ_OK && !same))
        report(c, CZ_CORRUPT, key, "it isn't what " CATALOG_KEY " says");
    else if (rc < 0) {
        if (err)
            *err = why;
        return rc;
    }
    return CZ_OK;
}

/* Whether the catalog is what its readers take for current. */
static int is_stale(catalog_state *out, const check *c, cz_error *err)
{
    stored_catalog stored = {0};
    catalog_text *now = NULL;
    catalog_origin origin;
    int rc = stored_catalog_read(&stored, c->store->os, err);
    if (rc == CZ_OK)
        rc = catalog_build(&now, c->store, &stored, &origin, err);
    if (rc == CZ_OK) {
        out->is_stale = !origin.is_current;
        out->clips = origin.read > origin.gone ? origin.read : origin.gone;
    }
    catalog_text_free(&now);
    stored_catalog_free(&stored);
    return rc;
}

static int compare(catalog_state *out, check *c, const stored_catalog *stored, cz_error *err)
{
    stored_catalog none = {.can_list = true};
    catalog_text *clips = NULL;
    catalog_origin origin;
    int rc = is_stale(out, c, err);
    if (rc == CZ_OK)
        rc = catalog_build(&clips, c->store, &none, &origin, err);
    if (rc == CZ_OK)
        rc = compare_rows(c, stored, clips, err);
    catalog_text_free(&clips);
    if (rc == CZ_OK && !out->is_stale)
        rc = catalog_columns_make(c->store->zarr, stored->text, compare_object, c, err);
    return rc;
}

int catalog_verify(catalog_state *out, cz_store *store,
                   void (*found)(void *user, const cz_finding *finding), void *user, cz_error *err)
{
    check c = {store, found, user};
    stored_catalog stored = {0};
    *out = (catalog_state){0};
    int rc = stored_catalog_read(&stored, store->os, err);
    if (rc == CZ_OK && stored.unusable.code != CZ_OK) {
        const char *what = stored.unusable.message;
        const size_t n = sizeof CATALOG_KEY - 1;
        const bool named = strncmp(what, CATALOG_KEY ":", n + 1) == 0;
        report(&c, stored.unusable.code, CATALOG_KEY, what + (named ? n + 2 : 0));
    }
    out->is_there = stored.text != NULL;
    if (rc == CZ_OK && stored.text)
        rc = compare(out, &c, &stored, err);
    stored_catalog_free(&stored);
    return rc;
}
