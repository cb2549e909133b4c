/* Unfinished clips: folders below clips/ without a commit marker, but with objects of a clip. A
 * conversion or removal of it is in progress, or was interrupted. */
#ifndef CZ_CLI_CHECK_UNFINISHED_H
#define CZ_CLI_CHECK_UNFINISHED_H

#include "format/conversion_record.h"
#include "reader/reader.h"

typedef enum unfinished_kind {
    UNFINISHED_CONVERSION,
    UNFINISHED_REMOVAL,
    UNFINISHED_REMAINS, /* no conversion record: what a failed conversion or removal has left */
} unfinished_kind;
const char *unfinished_kind_name(unfinished_kind kind); /* static */

typedef struct unfinished_clip {
    const char *name;
    unfinished_kind kind;
    conversion_record record; /* of a conversion: its source */
    uint64_t objects, bytes;  /* keys of the format */
    int64_t modified;         /* of the newest object: ns since 1970; 0: unknown */
    bool in_progress;         /* another process holds the clip's lock; false without locks */
} unfinished_clip;

/* Sorted names of clips that have a commit marker, in any state. Zero-initialise; add in ascending
 * order; free with name_set_free(). */
typedef struct name_set {
    char **at;
    size_t n, room;
} name_set;
int name_set_add(name_set *s, const char *name, cz_error *err); /* NOMEM */
void name_set_free(name_set *s);

/* Look at one clip. Errors: USAGE (invalid name), ABSENT (there is nothing of it), EXISTS (it has a
 * commit marker), and the store's. */
int unfinished_read(unfinished_clip *out, cz_store *store, const char *name, cz_error *err);

/* Call each() for every unfinished clip, in the order of the store's listing. complete: the names
 * that are known to have a commit marker; NULL: they are listed here. Clips that become complete or
 * disappear meanwhile are left out. Errors: what each() returns, NOMEM, and the store's. */
int unfinished_each(cz_store *store, const name_set *complete,
                    int (*each)(void *user, const unfinished_clip *u), void *user, cz_error *err);

#endif
