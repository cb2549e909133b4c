#include "convert/existing_clip.h"

#include <stdio.h>
#include <string.h>

#include "convert/fingerprint.h"
#include "catalog/catalog_changes.h"
#include "format/commit_marker.h"
#include "format/conversion_record.h"

enum {
    MARKERS_MAX = 10
}; /* of other conversions that may complete while this one claims the clip */

int conversion_set_overview(conversion *c, overview_rate rate, cz_error *err)
{
    char text[OVERVIEW_TEXT_MAX];
    overview_rate_text(text, rate);
    c->overview = rate;
    return fingerprint_make(c->fingerprint, &c->in, c->name, c->job, rate.num > 0 ? text : NULL,
                            err);
}

/* Take over the options of analysis of an existing or begun clip, if that has the fingerprint of
 * this conversion with them. A begun one does not say which it has: only one without analysis, as
 * earlier versions made all, is found. A clip that is being analysed has this conversion's
 * fingerprint in its record, and is completed by it. */
static int adopt_overview(conversion *c, const char *fingerprint, const char *rate, cz_error *err)
{
    overview_rate there = {0};
    const overview_rate ours = c->overview;
    if (c->job->overwrite || strcmp(fingerprint, c->fingerprint) == 0 ||
        (rate && !overview_rate_parse(&there, rate)))
        return CZ_OK;
    const int rc = conversion_set_overview(c, there, err);
    if (rc < 0 || strcmp(fingerprint, c->fingerprint) == 0)
        return rc;
    return conversion_set_overview(c, ours, err);
}

static existing_clip classify(const conversion *c, int record_rc, const char *fingerprint,
                              const commit_marker *marker)
{
    const bool is_ours = record_rc == CZ_OK && strcmp(fingerprint, c->fingerprint) == 0;
    const bool is_done = marker && strcmp(marker->fingerprint, c->fingerprint) == 0;
    if (is_done && (is_ours || record_rc != CZ_OK))
        return CLIP_COMPLETE;
    if (is_ours)
        return CLIP_INTERRUPTED;
    if (c->has_commit_marker)
        return CLIP_CONFLICTING;
    if (record_rc == CZ_OK)
        return c->has_removal ? CLIP_BEING_REMOVED : CLIP_CONFLICTING;
    return record_rc == CZ_ABSENT ? CLIP_ABSENT : CLIP_UNREADABLE;
}

int existing_clip_read(existing_clip *out, conversion *c, cz_error *err)
{
    conversion_record record = {0};
    commit_marker *marker = NULL;
    const overview_rate ours = {c->job->overview_num, c->job->overview_den};
    int adopted = CZ_OK;
    if (c->overview.num != ours.num || c->overview.den != ours.den)
        adopted = conversion_set_overview(c, ours, err); /* an earlier call adopted another */
    if (adopted < 0)
        return adopted;
    const int record_rc = conversion_record_read(&record, c->os, c->name, err);
    if (record_rc < 0 && record_rc != CZ_ABSENT && record_rc != CZ_FORMAT)
        return record_rc;
    int rc = commit_marker_read(&marker, c->os, conversion_zarr(c), c->name, err);
    const bool is_begun = record_rc == CZ_OK && strcmp(record.fingerprint, c->fingerprint) == 0;
    if (rc == CZ_OK && !is_begun)
        adopted = adopt_overview(c, marker->fingerprint, marker->overview, err);
    else if (rc == CZ_ABSENT && record_rc == CZ_OK && !record.is_removal)
        adopted = adopt_overview(c, record.fingerprint, NULL, err);
    c->has_commit_marker = rc != CZ_ABSENT;
    c->has_removal = record.is_removal;
    *out = classify(c, record_rc, record.fingerprint, rc == CZ_OK ? marker : NULL);
    json_free(c->clip_attributes);
    c->clip_attributes = NULL;
    if (rc == CZ_OK)
        c->clip_attributes = owner_attributes_of(zarr_attributes_of(marker->zarr, marker->doc));
    if (*out == CLIP_COMPLETE) {
        (void)snprintf(c->report->md5, sizeof c->report->md5, "%s", marker->facts.source_md5);
        c->report->damaged_frames = marker->facts.damaged_frames;
    }
    commit_marker_free(&marker);
    if (adopted < 0)
        return adopted;
    /* A damaged commit marker counts as another clip's: replacing it takes --overwrite. */
    if (rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT)
        rc = CZ_OK;
    return rc;
}

/* The inventory of the commit marker. Where its list of chunks is damaged, *ret_wrong is 1. */
static int read_inventory(inventory *v, const conversion *c, size_t *ret_wrong,
                          char what[INVENTORY_WHAT], cz_error *err)
{
    commit_marker *marker = NULL;
    cz_error why = {0};
    int rc = commit_marker_read(&marker, c->os, conversion_zarr(c), c->name, &why);
    if (rc == CZ_OK) {
        rc = inventory_of_marker(v, c->os, marker, c->name, &why);
        if (rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT) {
            *ret_wrong = 1;
            (void)snprintf(what, INVENTORY_WHAT, "%s: missing or damaged", REL_KEY_CHUNK_LIST);
            rc = CZ_OK;
        }
    }
    commit_marker_free(&marker);
    if (rc == CZ_ABSENT) /* existing_clip_read() found it */
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal replaced this one",
                       c->name);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

int existing_clip_check(existing_clip *clip, conversion *c, cz_error *err)
{
    inventory v = {0};
    size_t wrong = 0;
    char what[INVENTORY_WHAT] = "";
    int rc = read_inventory(&v, c, &wrong, what, err);
    if (rc == CZ_OK && wrong == 0)
        rc = inventory_check(&v, c->os, c->name, &wrong, what, err);
    if (rc == CZ_OK && wrong > 0) {
        *clip = CLIP_DAMAGED;
        c->report->damaged_frames = 0;
        (void)snprintf(c->damage, sizeof c->damage, "%s", what);
        c->n_damaged = wrong;
    }
    inventory_free(&v);
    return rc;
}

int existing_clip_refuse(const conversion *c, cz_error *err)
{
    if (c->has_removal) {
        cz_fail(err, CZ_EXISTS, "clips/%s: is being removed, or its removal was interrupted (%s)",
                c->name, c->os->url);
        cz_hint(err,
                "`camzarr rm` completes an interrupted removal; --overwrite replaces the clip");
        return CZ_EXISTS;
    }
    cz_fail(err, CZ_EXISTS,
            "clips/%s: exists or is incomplete, from another source or with other options (%s)",
            c->name, c->os->url);
    cz_hint(err, "use --overwrite to replace it, or --name NAME for another clip");
    return CZ_EXISTS;
}

/* A commit marker that was put after existing_clip_read() and before the record: another conversion
 * has started and completed in between. */
static int refuse_late_marker(const conversion *c, const char *key, cz_error *err)
{
    uint64_t size;
    cz_error why = {0};
    int rc = os_stat(c->os, key, &size, &why);
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc == CZ_OK)
        rc = conversion_record_remove(c->os, c->name, c->fingerprint, &why);
    if (rc < 0) {
        if (err)
            *err = why;
        return rc;
    }
    return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion completed it meanwhile", c->name);
}

static int write_record(const conversion *c, bool replace, cz_error *err)
{
    return conversion_record_write(c->os, c->name, c->fingerprint, c->in.name, c->in.size, replace,
                                   err);
}

/* Remove the marker of the clip that is to be replaced, until there is none after the record was
 * put. That put is the barrier which keeps a crash from bringing back a marker whose objects were
 * overwritten. A conversion that puts its marker later finds this record and withdraws the marker;
 * one that put it before is found here, and its clip is replaced, too. */
static int remove_marker(const conversion *c, const char *key, cz_error *err)
{
    for (unsigned i = 0; i < MARKERS_MAX; i++) {
        uint64_t size;
        cz_error why = {0};
        int rc = os_remove(c->os, key, &why);
        if (rc == CZ_OK || rc == CZ_ABSENT)
            rc = write_record(c, true, &why);
        if (rc == CZ_OK)
            rc = os_stat(c->os, key, &size, &why);
        if (rc == CZ_ABSENT)
            return CZ_OK;
        if (rc < 0) {
            if (err)
                *err = why;
            return rc;
        }
    }
    return cz_fail(err, CZ_CHANGED, "clips/%s: other conversions keep converting it", c->name);
}

/* The record is put first, so that a clip without a commit marker always has one. A marker that was
 * not there before is removed only if this conversion, with --overwrite, has replaced a record: it
 * may be of the one whose record that was, which withdraws it. If this conversion ended because of
 * it, neither would remain. */
int claim_clip(conversion *c, existing_clip clip, cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, c->name, rel_key_marker(conversion_zarr(c)));
    int rc = CZ_OK;
    if (clip != CLIP_INTERRUPTED)
        rc = write_record(c, clip != CLIP_ABSENT, err);
    const bool replaces = c->has_commit_marker ||
                          (c->job->overwrite && clip != CLIP_ABSENT && clip != CLIP_INTERRUPTED);
    if (rc == CZ_OK && replaces) {
        rc = catalog_note_change(c->os, c->name, err);
        if (rc == CZ_OK)
            rc = remove_marker(c, key, err);
    } else if (rc == CZ_OK && clip != CLIP_INTERRUPTED) {
        rc = refuse_late_marker(c, key, err);
    }
    if (rc != CZ_EXISTS)
        return rc;
    /* Another conversion began since existing_clip_read(). One with the same fingerprint puts the
     * same bytes, so both may continue. */
    conversion_record record;
    if (conversion_record_read(&record, c->os, c->name, err) == CZ_OK &&
        strcmp(record.fingerprint, c->fingerprint) == 0)
        return CZ_OK;
    return existing_clip_refuse(c, err);
}
