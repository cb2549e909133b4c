/* The groups index, video and source: every object of a clip but its shards, chunks and commit
 * marker. */
#ifndef CZ_CONVERT_TABLES_H
#define CZ_CONVERT_TABLES_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* Put each group's arrays, then its own document. In version 3, metadata gets the documents of the
 * groups index and source and of their arrays, by path: what any Zarr library opens, without the
 * codec for pictures. Errors: NOMEM, and the store's. */
int tables_publish(publisher *to, const plan *p, const pass_result *r, cJSON *metadata,
                   cz_error *err);

#endif
