/* The frames of a clip of the store, read once and analysed. */
#ifndef CZ_CONVERT_EXISTING_FRAME_PASS_H
#define CZ_CONVERT_EXISTING_FRAME_PASS_H

#include "convert/analysis.h"

enum { FRAME_PASS_THREADS_MAX = 64 };

/* Threads that a pass over a clip of the store has; `threads` 0: one per processor, and as many as
 * put objects where frames come over a network. */
unsigned frame_pass_threads(unsigned threads, const object_store *os);

/* Read all frames by n_threads, for which the analysis was begun; each is compared with its
 * CRC-32C. *ret_bytes: their bytes. Memory: some 8 MiB for each thread. Errors: CORRUPT,
 * CANCELLED (a result of progress() other than 0), NOMEM, and those of the store. */
int frame_pass_run(uint64_t *ret_bytes, analysis *shown, cz_clip *clip, unsigned n_threads,
                   int (*progress)(void *user, const cz_progress *progress), void *user,
                   cz_error *err);

#endif
