/* The clips of a store, one after the other, with what the store's catalog or their commit markers
 * say of them. Behind cz_clips() and cz_list(). */
#ifndef CZ_READER_LISTING_H
#define CZ_READER_LISTING_H

#include "catalog/stored_catalog.h"
#include "reader/reader.h"

/* A folder below clips/ whose name is that of a clip. */
typedef struct listed_clip {
    char *name;
    const catalog_clip *row; /* of the catalog; NULL: the marker was read */
    commit_marker *marker;
    int rc;        /* CZ_OK; ABSENT: there is no marker; else why it could not be read */
    cz_error *err; /* if rc is neither CZ_OK nor ABSENT */
    void *extra;   /* prepare()'s */
} listed_clip;

typedef struct listing_job {
    const stored_catalog *catalog; /* NULL: every marker is read */
    bool names_only;               /* markers are not read: only whether they are there */
    /* Called in any thread for a clip whose marker was read, before each(); NULL: nothing. */
    int (*prepare)(void *user, listed_clip *clip, cz_error *err);
    /* Called in the calling thread, in ascending order of name. It may take name, marker and extra
     * by setting them to NULL. A result other than CZ_OK ends the listing and is returned. */
    int (*each)(void *user, listed_clip *clip, cz_error *err);
    void (*free_extra)(void *extra); /* NULL-safe; of clips that each() did not get */
    void *user;
} listing_job;

/* Names come from one listing; where the store cannot be listed, from the catalog. A row of the
 * catalog is trusted unless a note says that the clip changed or, in a local folder, its marker is
 * missing or of another size. Errors: as cz_list(). */
int listing_run(const cz_store *store, const listing_job *job, cz_error *err);

/* cz_list(); *ret_unusable says why the store's catalog was not used (code 0: it was, or there is
 * none). */
int list_facts(cz_store *store, cz_list_each each, void *user, cz_error *ret_unusable,
               cz_error *err);

#endif
