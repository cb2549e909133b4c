/* Folder listings of web servers, as HTML: Apache's mod_autoindex (<pre>, tables and plain lists),
 * nginx, lighttpd, Python's http.server. Pure; safe for untrusted input. */
#ifndef CZ_MANIFEST_HTML_LISTING_H
#define CZ_MANIFEST_HTML_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* An entry directly below the folder. */
typedef struct html_entry {
    const char *href; /* one segment, percent-encoded as the server has it, without a final '/' */
    const char *name; /* the same, decoded */
    bool is_folder;
    uint64_t size; /* bytes; UINT64_MAX: not shown */
    bool size_is_rounded;
    int64_t modified; /* ns since 1970, if the server's clock shows UTC; 0: not shown */
    uint32_t line;    /* of the page, from 1 */
    /* Why the link to a MOV, .md5 file or folder cannot be followed; else NULL. Then href and name
     * are empty. */
    const char *problem;
} html_entry;

/* Parse a page. `path` is the folder's path on the server ("/files/2018/"), percent-encoded. Calls
 * each() in the order of the page; a result other than CZ_OK ends the parsing and is returned.
 * Links to anything that is not directly below the folder are ignored (parent, sort order, other
 * hosts). Errors: FORMAT (the page has no link and no HTML), NOMEM, and those of each(). */
int html_listing_parse(const char *page, size_t n, const char *path,
                       int (*each)(void *user, const html_entry *e, cz_error *err), void *user,
                       cz_error *err);

#endif
