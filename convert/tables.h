/* The groups index, video and source: every object of a clip but its shards, chunks and commit
 * marker. */
#ifndef CZ_CONVERT_TABLES_H
#define CZ_CONVERT_TABLES_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* Each group's arrays first, its own document after them. Errors: NOMEM, and what putting says. */
int tables_publish(publisher *to, const plan *p, const pass_result *r, cz_error *err);

#endif
