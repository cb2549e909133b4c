/* The groups index, video and source, and those of the analysis: every object of a clip but its
 * shards, chunks and commit marker. */
#ifndef CZ_CONVERT_TABLES_H
#define CZ_CONVERT_TABLES_H

#include "convert/analysis.h"
#include "convert/pass_result.h"
#include "convert/publish.h"

/* Put each group's arrays, then its own document. `shown` is the analysis; NULL: none. In version
 * 3, metadata gets the documents of all groups but video and of their arrays, by path: what any
 * Zarr library opens, without the codec for pictures. Errors: NOMEM, and the store's. */
int tables_publish(publisher *to, const plan *p, const pass_result *r, const analysis *shown,
                   cJSON *metadata, cz_error *err);

#endif
