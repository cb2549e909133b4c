/* cz_catalog_read(), cz_catalog_write(). */
#include <stdlib.h>
#include <string.h>

#include "base/pause.h"
#include "catalog/update/catalog.h"
#include "catalog/update/columns.h"
#include "format/layout.h"

#define FOLDER "catalog/"
enum { POLL_MS = 25, WAIT_MAX_MS = 10000 };

typedef struct update {
    cz_store *store;
    stored_catalog stored;
    bool *is_over; /* for each note: the change has ended */
    catalog_text *text;
    catalog_origin origin;
    bool changed;
} update;

/* ---- Notes of changes ------------------------------------------------------------------------ */

/* A note may go if its change has ended before the marker is read. A change begins with a
 * conversion record, puts its note, and removes the record when it has ended; so a note that is
 * there without a record is that of a change that has. */
static int look_at_notes(update *u, cz_error *err)
{
    const catalog_notes *notes = &u->stored.notes;
    u->is_over = calloc(notes->n + 1, sizeof *u->is_over);
    if (!u->is_over)
        return cz_fail_memory(err, "%zu notes", notes->n);
    for (size_t i = 0; i < notes->n; i++) {
        char key[KEY_MAX];
        uint64_t size;
        cz_error why;
        clip_key(key, notes->note[i].clip, REL_KEY_RECORD);
        const int rc = os_stat(u->store->os, key, &size, &why);
        if (rc < 0 && rc != CZ_ABSENT) {
            if (err)
                *err = why;
            return rc;
        }
        u->is_over[i] = rc == CZ_ABSENT;
    }
    return CZ_OK;
}

static bool any_is_over(const update *u)
{
    for (size_t i = 0; i < u->stored.notes.n; i++)
        if (u->is_over[i])
            return true;
    return false;
}

static int remove_notes(const update *u, cz_error *err)
{
    for (size_t i = 0; i < u->stored.notes.n; i++) {
        cz_error why;
        const int rc =
            u->is_over[i] ? os_remove(u->store->os, u->stored.notes.note[i].key, &why) : CZ_OK;
        if (rc < 0 && rc != CZ_ABSENT) {
            if (err)
                *err = why;
            return rc;
        }
    }
    return CZ_OK;
}

/* ---- The update ------------------------------------------------------------------------------ */

/* catalog.jsonl is put last, and is durable before a note is removed. */
static int put_text(const update *u, cz_error *err)
{
    const buf *text = &u->text->text;
    return os_put(u->store->os, CATALOG_KEY, text->at, text->len,
                  any_is_over(u) ? OS_COMMIT : OS_OVERWRITE, err);
}

static int put(update *u, cz_error *err)
{
    object_store *os = u->store->os;
    bool same = false;
    int rc = CZ_OK;
    if (u->origin.is_current)
        rc = catalog_columns_check(&same, os, u->store->zarr, u->text, err);
    if (rc == CZ_OK && !same)
        rc = catalog_columns_put(os, u->store->zarr, u->text, err);
    u->changed = !same || !u->origin.is_current;
    if (rc == CZ_OK && !u->origin.is_current)
        rc = put_text(u, err);
    return rc == CZ_OK ? remove_notes(u, err) : rc;
}

static int run(update *u, bool dry_run, cz_error *err)
{
    int rc = stored_catalog_read(&u->stored, u->store->os, err);
    if (rc == CZ_OK && u->stored.unusable.code == CZ_DENIED) {
        rc = CZ_DENIED;
        if (err)
            *err = u->stored.unusable;
    }
    if (rc == CZ_OK && !u->stored.can_list)
        rc = cz_fail(err, CZ_UNSUPPORTED, "%s: a catalog cannot be made without listing the store",
                     u->store->os->url);
    if (rc == CZ_OK)
        rc = look_at_notes(u, err);
    if (rc == CZ_OK)
        rc = catalog_build(&u->text, u->store, &u->stored, &u->origin, err);
    if (rc == CZ_OK && dry_run)
        u->changed = !u->origin.is_current;
    else if (rc == CZ_OK)
        rc = put(u, err);
    return rc;
}

static int lock(int *ret_lock, const cz_store *store, cz_error *err)
{
    for (unsigned waited = 0;; waited += POLL_MS) {
        const int rc = os_lock(store->os, FOLDER, ret_lock, err);
        if (rc < 0 || *ret_lock != OS_LOCK_BUSY)
            return rc;
        if (waited >= WAIT_MAX_MS)
            break;
        pause_ms(POLL_MS);
    }
    cz_fail(err, CZ_UNREACHABLE, "catalog: another process is writing it (%s)", store->os->url);
    cz_hint(err, "try again when that process has ended");
    return CZ_UNREACHABLE;
}

static void fill(cz_catalog_report *out, const update *u)
{
    const catalog_origin *o = &u->origin;
    *out = (cz_catalog_report){.clips = u->text->n_clips,
                               .scenes = u->text->n_scenes,
                               .unreadable = u->text->n_unreadable,
                               .incomplete = o->incomplete,
                               .read = o->read,
                               .gone = o->gone,
                               .bytes = u->text->text.len,
                               .changed = u->changed};
}

int cz_catalog_write(cz_catalog_report *out, cz_store *store, const cz_catalog_job *job,
                     cz_error *err)
{
    update u = {.store = store};
    int held = OS_LOCK_NONE;
    int rc = job ? CZ_CHECK_RESERVED("cz_catalog_job", job, err) : CZ_OK;
    const bool dry_run = job && job->dry_run;
    if (rc == CZ_OK && !dry_run)
        rc = lock(&held, store, err);
    if (rc == CZ_OK)
        rc = run(&u, dry_run, err);
    os_unlock(store->os, FOLDER, held);
    if (rc == CZ_OK && out)
        fill(out, &u);
    catalog_text_free(&u.text);
    stored_catalog_free(&u.stored);
    free(u.is_over);
    return rc;
}

int cz_catalog_read(char **out, size_t *n, cz_store *store, cz_error *err)
{
    catalog *c = NULL;
    *out = NULL;
    int rc = catalog_open(&c, store, NULL, err);
    if (rc < 0)
        return rc;
    const buf *text = &catalog_text_of(c)->text;
    char *copy = malloc(text->len + 1);
    if (copy) {
        memcpy(copy, text->at, text->len);
        copy[text->len] = '\0';
        *out = copy;
        *n = text->len;
    } else {
        rc = cz_fail_memory(err, "%s: %zu bytes", CATALOG_KEY, text->len);
    }
    catalog_close(&c);
    return rc;
}

void cz_catalog_free(char **text)
{
    if (!text)
        return;
    free(*text);
    *text = NULL;
}
