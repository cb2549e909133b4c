/* What the pictures of a clip show, as its groups statistics, overview and scenes have it.
 *
 * Every object is compared with its digest in the commit marker. Thread-safe. */
#ifndef CZ_READER_ANALYSIS_ANALYSIS_H
#define CZ_READER_ANALYSIS_ANALYSIS_H

#include "reader/reader.h"

/* ABSENT or UNSUPPORTED, unless it is a store's clip with an analysis. */
int analysis_check(const cz_clip *clip, cz_error *err);
/* As clip_check_replaced(), also where the clip was analysed anew. */
int analysis_check_replaced(const cz_clip *clip, int rc, cz_error *err);

/* As cz_clip_scenes(), of a commit marker alone: no other object of the clip is read. cache may be
 * NULL. */
int scenes_of_marker(cz_scene **out, size_t *n, object_store *os, object_cache *cache,
                     const commit_marker *m, cz_error *err);

#endif
