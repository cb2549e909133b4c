#include "catalog/catalog_changes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/catalog_text.h"
#include "format/layout.h"

#define FOLDER "catalog/"
#define NOTES FOLDER "changed/"
enum { SUFFIX = 16 }; /* hex digits */

/* The suffix makes notes of two changes different objects: an update removes only notes that it
 * found before it read the markers. */
int catalog_note_change(object_store *os, const char *clip, cz_error *err)
{
    char key[KEY_MAX];
    uint64_t size, suffix;
    cz_error why = {0};
    int rc = os_stat(os, CATALOG_KEY, &size, &why);
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc < 0) {
        if (err)
            *err = why;
        return rc;
    }
    if (getentropy(&suffix, sizeof suffix) != 0)
        return cz_fail_errno(err, errno, "%s: random number", clip);
    (void)snprintf(key, sizeof key, NOTES "%.*s.%016" PRIx64, CLIP_NAME_MAX, clip, suffix);
    return os_put(os, key, "", 0, OS_OVERWRITE, err);
}

/* ---- Listing --------------------------------------------------------------------------------- */

static int add_object(void *user, const os_object *o)
{
    catalog_notes *notes = user;
    const size_t prefix = sizeof NOTES - 1;
    if (strcmp(o->key, CATALOG_KEY) == 0)
        notes->has_catalog = true;
    if (strncmp(o->key, NOTES, prefix) != 0)
        return CZ_OK;
    const char *name = o->key + prefix, *dot = strrchr(name, '.');
    char clip[CLIP_NAME_MAX + 1];
    if (!dot || strlen(dot + 1) != SUFFIX || strspn(dot + 1, "0123456789abcdef") != SUFFIX ||
        dot - name > CLIP_NAME_MAX)
        return CZ_OK; /* another file, such as an interrupted put */
    (void)snprintf(clip, sizeof clip, "%.*s", (int)(dot - name), name);
    if (!clip_name_ok(clip))
        return CZ_OK;
    buf_add(&notes->strings, clip, strlen(clip) + 1);
    buf_add(&notes->strings, o->key, strlen(o->key) + 1);
    notes->n++;
    return CZ_OK;
}

static int by_clip(const void *a, const void *b)
{
    const catalog_note *x = a, *y = b;
    const int order = strcmp(x->clip, y->clip);
    return order ? order : strcmp(x->key, y->key);
}

int catalog_notes_list(catalog_notes *out, object_store *os, cz_error *err)
{
    *out = (catalog_notes){0};
    int rc = os_list(os, FOLDER, false, add_object, out, err);
    if (rc == CZ_OK)
        out->note = calloc(out->n + 1, sizeof *out->note);
    if (rc == CZ_OK && (!out->note || out->strings.bad))
        rc = cz_fail_memory(err, "%s", NOTES);
    if (rc < 0) {
        catalog_notes_free(out);
        return rc;
    }
    const char *at = (const char *)out->strings.at;
    for (size_t i = 0; i < out->n; i++) {
        out->note[i].clip = at;
        out->note[i].key = at + strlen(at) + 1;
        at = out->note[i].key + strlen(out->note[i].key) + 1;
    }
    qsort(out->note, out->n, sizeof *out->note, by_clip);
    return CZ_OK;
}

void catalog_notes_free(catalog_notes *notes)
{
    free(notes->note);
    buf_free(&notes->strings);
    *notes = (catalog_notes){0};
}

static int clip_of_note(const void *clip, const void *note)
{
    return strcmp(clip, ((const catalog_note *)note)->clip);
}

bool catalog_notes_have(const catalog_notes *notes, const char *clip)
{
    return notes->n > 0 && bsearch(clip, notes->note, notes->n, sizeof *notes->note, clip_of_note);
}
