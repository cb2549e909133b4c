/* Is a clip there already? Told from its commit marker, the absence of a conversion record and one
 * request for the source's size, without reading the source. Thread-safe except for opening and
 * closing. */
#ifndef CZ_CLI_VERBS_CONVERT_PRESENT_H
#define CZ_CLI_VERBS_CONVERT_PRESENT_H

#include "cli/options.h"
#include "manifest/manifest.h"
#include "manifest/web.h"

typedef struct presence {
    cz_store *store; /* NULL: does not exist yet, or cannot be read */
    transport *web;
    const options *o;
    bool may_skip; /* no option requires that existing clips are looked at */
} presence;

/* The size of the source at a path or address; *ret_known is false where a server does not tell.
 * Errors: ABSENT, DENIED, UNREACHABLE, IO, NOMEM. */
int source_size_probe(uint64_t *ret_size, bool *ret_known, presence *p, const char *from,
                      cz_error *err);

/* connections: of all threads together. store NULL: no clip is looked for. A store that is absent
 * is no error. Errors: NOMEM, UNSUPPORTED, and those of cz_open() but ABSENT. */
int presence_open(presence *out, const options *o, const char *store, unsigned connections,
                  cz_error *err);
void presence_close(presence *p);

/* Compare a row with its source and with the clip of its name. CZ_OK with *ret_present: the clip is
 * there, and *out is filled (cz_report_free()). CZ_OK without: it is to be converted. A source that
 * is gone is no error if its clip is there, a warning says so. Errors: ABSENT (neither source nor
 * clip), CANCELLED, CHANGED (the source has another size than the manifest says), NOMEM. */
int presence_check(bool *ret_present, cz_report *out, presence *p, const manifest_row *row,
                   cz_error *err);

#endif
