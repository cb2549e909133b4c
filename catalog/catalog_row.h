/* A row of catalog.jsonl, parsed. Private to catalog_text*.c. */
#ifndef CZ_CATALOG_CATALOG_ROW_H
#define CZ_CATALOG_CATALOG_ROW_H

#include "catalog/catalog_text.h"

/* Parse a line to *out, whose strings are copied to *strings, which is advanced: they take no more
 * bytes than the line has. A line of ASCII without escapes, which nearly all are, is read in one
 * pass without an allocation; others by json.h. Unknown members are ignored. Errors: FORMAT, NOMEM.
 */
int catalog_row_parse(catalog_clip *out, const catalog_line *line, char **strings, const char *what,
                      cz_error *err);

#endif
