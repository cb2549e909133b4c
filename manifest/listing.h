/* Reading listings into a manifest. */
#ifndef CZ_MANIFEST_LISTING_H
#define CZ_MANIFEST_LISTING_H

#include <camzarr.h>

#include "manifest/manifest.h"

enum {
    LISTING_FOLDERS_MAX = 200000, /* of one listing */
    LISTING_DEPTH_MAX = 12,       /* folders below the one that is given */
    LISTING_LINE_MAX = 64 << 10,  /* bytes of a JSON line */
    LISTING_ROWS_MAX = 5000000,   /* of one listing: some 1 GB of memory */
    LISTING_TEXT_MAX = 1 << 30,   /* bytes of the addresses and names of one listing */
    LISTING_IDLE_PAGES = 1000,    /* pages of a bucket in a row that may have no object */
};

typedef struct listing_options {
    const cz_network *network; /* connections 0: WEB_CONNECTIONS */
    /* Folders of years, months and days that are outside of it are not requested. */
    const manifest_filter *filter;
    /* A row that cannot be used, with the listing's name and line; it is skipped. May be NULL. */
    void (*bad_row)(void *user, const cz_error *err);
    /* Called for each folder or page; a result other than 0 stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, size_t pages, size_t rows);
    void *user;
} listing_options;

/* Add the MOVs of a listing, which is
 * - "-": JSON lines on standard input;
 * - a folder, with the folders below it; symbolic links to folders are not followed;
 * - a file of JSON lines, also compressed by gzip: a manifest, or dbcamhd.json;
 * - an http(s) URL: an Apache or nginx folder, whose folders below are requested, too; a page of an
 *   S3 or Azure listing, with the pages that follow; or a file of JSON lines;
 * - s3://, gs:// or az:// and a prefix.
 * `number` is stored in the rows; the first listing wins where several have a clip. Rows of folders
 * whose request failed are never missing silently: the whole listing fails. Errors: ABSENT, DENIED,
 * UNREACHABLE, FORMAT, CANCELLED, IO, NOMEM. */
int listing_read(manifest *m, const char *listing, unsigned number, const listing_options *o,
                 cz_error *err);

/* Parts of it, which the tests call too. `to` is the state of the listing. */
typedef struct listing_state {
    manifest *to;
    const char *shown; /* the listing, for messages: without credentials */
    unsigned number;
    const listing_options *o;
    size_t pages;
    size_t rows, text; /* with sidecars; bytes of addresses and names */
    bool is_remote;    /* JSON lines of a server: sources that are paths are refused */
} listing_state;

/* Rows of a stream of JSON lines; path "-" or a file. Errors: FORMAT (no row at all), I/O errors.
 */
int listing_read_lines(listing_state *s, const char *path, cz_error *err);
/* The same of n bytes in memory, compressed or not. */
int listing_read_bytes(listing_state *s, const void *at, size_t n, cz_error *err);
int listing_read_folder(listing_state *s, const char *path, cz_error *err);
int listing_read_web(listing_state *s, const char *url, cz_error *err);
int listing_read_store(listing_state *s, const char *url, cz_error *err);

/* Add a row, with the listing's number; a row that manifest_add() refuses is reported. Errors:
 * NOMEM, and those of listing_count(). */
int listing_add(listing_state *s, manifest_row *row, cz_error *err);
/* Count a row of so many bytes of text, or a sidecar. Errors: FORMAT (more than
 * LISTING_ROWS_MAX or LISTING_TEXT_MAX). */
int listing_count(listing_state *s, size_t bytes, cz_error *err);
/* Report a row that is skipped. */
void listing_skip(const listing_state *s, const cz_error *err);
/* Call progress(). Errors: CANCELLED. */
int listing_poll(const listing_state *s, cz_error *err);
/* The same, after counting a page. */
int listing_page(listing_state *s, cz_error *err);

/* Whether a folder's path can hold files of the filter's time: "…/2018/07/12/" has the day's, and
 * those of the days before and after. Pure. */
bool listing_may_hold(const char *path, const manifest_filter *f);

#endif
