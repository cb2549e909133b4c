/* cz_remove(): the removal puts a record of its own, so that running conversions fail;
 * then it removes the commit marker, then all other objects, and the record last. */
#include "convert/existing/remove.h"

#include <string.h>

#include "base/digest.h"
#include "format/clip_lock.h"
#include "convert/fingerprint.h"
#include "convert/takeover.h"
#include "catalog/catalog_changes.h"
#include "format/commit_marker.h"
#include "format/conversion_record.h"
#include "reader/reader.h"

enum { MARKERS_MAX = 10 }; /* of conversions that may complete while the clip is removed */

typedef struct removal {
    object_store *os;
    zarr_format zarr;
    const char *name;
    size_t prefix;                 /* length of "clips/NAME/" */
    char identity[SHA256_HEX + 1]; /* in the record */
    cz_remove_job job;
    bool only_unfinished;   /* remove nothing of a clip that has a commit marker */
    buf others;             /* keys that are not of the format, each with its NUL */
    buf keys;               /* of the format, without the record, each with its NUL */
    bool any;               /* the folder holds an object */
    bool has_commit_marker; /* it may be another program's group document */
    bool has_parts;         /* other objects of the format, or the record */
} removal;

static int collect(void *user, const os_object *o)
{
    removal *r = user;
    const char *rel_key = o->key + r->prefix;
    r->any = true;
    if (!rel_key_is_of_format(r->zarr, rel_key)) {
        buf_add(&r->others, o->key, strlen(o->key) + 1);
        return CZ_OK;
    }
    if (strcmp(rel_key, rel_key_marker(r->zarr)) == 0)
        r->has_commit_marker = true;
    else if (strcmp(rel_key, zarr_group_part(r->zarr, 0)) != 0)
        r->has_parts = true;
    if (strcmp(rel_key, REL_KEY_RECORD) != 0)
        buf_add(&r->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

static int list(removal *r, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, r->name, "");
    r->prefix = strlen(prefix);
    r->keys.len = r->others.len = 0;
    r->any = r->has_commit_marker = r->has_parts = false;
    const int rc = os_list(r->os, prefix, false, collect, r, err);
    return rc == CZ_OK && (r->keys.bad || r->others.bad) ? cz_fail_memory(err, "%s", prefix) : rc;
}

/* A group document alone may belong to another program. A commit marker, even a damaged one, has
 * the attribute "camzarr". */
static int check_is_clip(removal *r, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    bool is_clip = r->has_parts;
    int rc = CZ_OK;
    if (!r->any)
        return cz_fail(err, CZ_ABSENT, "clips/%s: no such clip", r->name);
    if (!is_clip && r->has_commit_marker) {
        clip_key(key, r->name, rel_key_marker(r->zarr));
        rc = os_get_all(r->os, key, COMMIT_MARKER_MAX, &text, err);
        if (rc == CZ_OK)
            is_clip = text.len > 0 && memmem(text.at, text.len, "\"camzarr\"", 9) != NULL;
    }
    buf_free(&text);
    if (rc == CZ_OK && !is_clip)
        rc = cz_fail(err, CZ_FORMAT, "clips/%s: not a clip, nothing was removed", r->name);
    return rc;
}

static int check_owner(const removal *r, cz_error *err)
{
    conversion_record there;
    const int rc = conversion_record_read(&there, r->os, r->name, err);
    if (rc == CZ_OK && strcmp(there.fingerprint, r->identity) == 0)
        return CZ_OK;
    if (rc < 0 && rc != CZ_ABSENT && rc != CZ_FORMAT)
        return rc;
    cz_fail(err, CZ_CHANGED, "clips/%s: another conversion started while it was removed", r->name);
    cz_hint(err, "run `camzarr verify` on the clip");
    return CZ_CHANGED;
}

/* The record was this removal's a moment ago. */
static int remove_one(removal *r, const char *key, cz_error *err)
{
    cz_error why = {0};
    int rc = os_remove(r->os, key, &why);
    if (rc < 0 && rc != CZ_ABSENT) {
        if (err)
            *err = why;
        return rc;
    }
    rc = check_owner(r, err);
    if (rc == CZ_CHANGED)
        takeover_undo_remove(r->os, r->zarr, r->name, key + r->prefix);
    return rc;
}

/* Remove the commit marker, until there is none after the record was put: a conversion that puts
 * its marker later finds the record and withdraws the marker. */
static int remove_marker(removal *r, cz_error *err)
{
    char marker[KEY_MAX];
    uint64_t size;
    clip_key(marker, r->name, rel_key_marker(r->zarr));
    for (unsigned i = 0; i < MARKERS_MAX; i++) {
        cz_error why = {0};
        int rc = remove_one(r, marker, &why);
        if (rc == CZ_OK)
            rc = removal_record_write(r->os, r->name, r->identity, &why);
        if (rc == CZ_OK)
            rc = os_stat(r->os, marker, &size, &why);
        if (rc == CZ_ABSENT)
            return CZ_OK;
        if (rc < 0) {
            if (err)
                *err = why;
            return rc;
        }
    }
    return cz_fail(err, CZ_CHANGED, "clips/%s: other conversions keep converting it", r->name);
}

static int refuse_complete(const removal *r, cz_error *err)
{
    return cz_fail(err, CZ_EXISTS, "clips/%s: complete, nothing was removed", r->name);
}

/* A conversion has put its marker before this removal's record: the record is withdrawn, and the
 * clip stays. If that conversion has read the record meanwhile, it withdraws its marker and fails;
 * what it has put is kept for the next one. */
static int check_no_marker(const removal *r, cz_error *err)
{
    char marker[KEY_MAX];
    uint64_t size;
    cz_error why = {0};
    clip_key(marker, r->name, rel_key_marker(r->zarr));
    int rc = os_stat(r->os, marker, &size, &why);
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc == CZ_OK)
        rc = conversion_record_remove(r->os, r->name, r->identity, &why);
    if (rc == CZ_OK)
        return refuse_complete(r, err);
    if (err)
        *err = why;
    return rc;
}

/* The commit marker first; when it is durably gone, the objects that it names. */
static int remove_all(removal *r, cz_error *err)
{
    int rc = removal_identity(r->identity, err);
    if (rc == CZ_OK)
        rc = removal_record_write(r->os, r->name, r->identity, err);
    if (rc == CZ_OK && r->has_commit_marker)
        rc = catalog_note_change(r->os, r->name, err);
    if (rc == CZ_OK)
        rc = r->only_unfinished ? check_no_marker(r, err) : remove_marker(r, err);
    if (rc == CZ_OK)
        rc = list(r, err); /* again: until conversions read the record they may have put more */
    if (rc == CZ_OK)
        rc = check_owner(r, err);
    for (size_t at = 0; rc == CZ_OK && at < r->keys.len;) {
        const char *key = (const char *)r->keys.at + at;
        rc = remove_one(r, key, err);
        at += strlen(key) + 1;
    }
    if (rc == CZ_OK)
        rc = check_owner(r, err);
    return rc == CZ_OK ? conversion_record_remove(r->os, r->name, r->identity, err) : rc;
}

static void report_kept(const removal *r)
{
    for (size_t at = 0; r->job.kept && at < r->others.len;) {
        const char *key = (const char *)r->others.at + at;
        r->job.kept(r->job.user, key);
        at += strlen(key) + 1;
    }
}

/* A symbolic link in the clip's folder is listed as a file that the format does not know. It may
 * hide objects of the clip, so the removal is refused; os_stat() says so. */
static int refuse_links(const removal *r, cz_error *err)
{
    for (size_t at = 0; at < r->others.len;) {
        const char *key = (const char *)r->others.at + at;
        uint64_t size;
        cz_error why;
        if (os_stat(r->os, key, &size, &why) == CZ_DENIED) {
            if (err)
                *err = why;
            return CZ_DENIED;
        }
        at += strlen(key) + 1;
    }
    return CZ_OK;
}

static int list_clip(removal *r, cz_error *err)
{
    int rc = list(r, err);
    if (rc == CZ_OK)
        rc = check_is_clip(r, err);
    if (rc == CZ_OK && r->only_unfinished && r->has_commit_marker)
        rc = refuse_complete(r, err);
    return rc == CZ_OK && !os_is_remote(r->os) ? refuse_links(r, err) : rc;
}

/* Remove empty folders, which a failed removal has left. */
static int prune(const removal *r, size_t *ret_removed, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, r->name, "");
    return os_prune(r->os, prefix, ret_removed, err);
}

/* Remains that another process works on are no remains. */
static int refuse_to_wait(void *user, unsigned waited, cz_error *err)
{
    const removal *r = user;
    (void)waited;
    return cz_fail(err, CZ_UNREACHABLE, "clips/%s: another process is converting or removing it",
                   r->name);
}

/* What was listed before the lock was taken may have been changed by its holder. */
static int remove_locked(removal *r, cz_error *err)
{
    clip_lock lock = {0};
    int rc =
        clip_lock_take(&lock, r->os, r->name, r->only_unfinished ? refuse_to_wait : NULL, r, err);
    if (rc == CZ_OK && clip_lock_is_held(&lock))
        rc = list_clip(r, err);
    if (rc == CZ_OK)
        rc = remove_all(r, err);
    size_t folders;
    if (rc == CZ_OK)
        rc = prune(r, &folders, err);
    clip_lock_release(&lock);
    return rc;
}

static int run(object_store *os, zarr_format zarr, const char *name, const cz_remove_job *job,
               bool only_unfinished, cz_error *err)
{
    removal r = {.os = os, .zarr = zarr, .name = name, .only_unfinished = only_unfinished};
    if (job) {
        const int bad = CZ_CHECK_RESERVED("cz_remove_job", job, err);
        if (bad < 0)
            return bad;
        r.job = *job;
    }
    const bool dry_run = r.job.dry_run;
    if (!clip_name_ok(name))
        return cz_fail(err, CZ_USAGE, "%s: invalid clip name", name);
    size_t folders = 0;
    int rc = list_clip(&r, err);
    if (rc == CZ_ABSENT && !dry_run) {
        cz_error why = {0};
        const int pruned = prune(&r, &folders, &why);
        if (pruned == CZ_OK && folders > 0)
            rc = CZ_OK;
        else if (pruned < 0)
            rc = pruned;
        if (pruned < 0 && err)
            *err = why;
    } else if (rc == CZ_OK && !dry_run) {
        rc = remove_locked(&r, err);
    }
    if (rc == CZ_OK)
        report_kept(&r);
    buf_free(&r.others);
    buf_free(&r.keys);
    return rc;
}

int clip_remove(object_store *os, zarr_format zarr, const char *name, const cz_remove_job *job,
                cz_error *err)
{
    return run(os, zarr, name, job, false, err);
}

int clip_remove_unfinished(object_store *os, zarr_format zarr, const char *name,
                           const cz_remove_job *job, cz_error *err)
{
    return run(os, zarr, name, job, true, err);
}

int cz_remove(cz_store *store, const char *name, const cz_remove_job *job, cz_error *err)
{
    return clip_remove(store->os, store->zarr, name, job, err);
}
