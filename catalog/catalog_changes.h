/* Notes that a clip is changed: objects catalog/changed/NAME.SUFFIX (docs/format.md, The catalog).
 *
 * A catalog has a digest of each clip's commit marker, but comparing it would cost a request a
 * clip. So whatever removes or replaces the marker of a clip puts a note before that, while the
 * clip has a conversion record. A reader takes a noted clip from its marker instead of the catalog.
 * The update of the catalog that has read the marker removes the note. Thread-safe. */
#ifndef CZ_CATALOG_CATALOG_CHANGES_H
#define CZ_CATALOG_CATALOG_CHANGES_H

#include "base/buf.h"
#include "store/objects/object_store.h"

/* Put a note, if the store has a catalog. Call it when the clip's conversion record has been put
 * and before the marker is changed. Errors: IO (no random number), and the store's. */
int catalog_note_change(object_store *os, const char *clip, cz_error *err);

typedef struct catalog_note {
    const char *clip;
    const char *key;
} catalog_note;

/* What a store has below catalog/. */
typedef struct catalog_notes {
    bool has_catalog;   /* the object CATALOG_KEY is there */
    catalog_note *note; /* in ascending order of clip, then key */
    size_t n;
    buf strings;
} catalog_notes;

/* One listing. Errors: UNSUPPORTED (a store that cannot be listed), and the store's. */
int catalog_notes_list(catalog_notes *out, object_store *os, cz_error *err);
void catalog_notes_free(catalog_notes *notes); /* repeatable */
bool catalog_notes_have(const catalog_notes *notes, const char *clip);

#endif
