/* Small sequential reads out of large ranges that are requested in advance. Without them, searching
 * a file behind http(s) would take a request for each read. Belongs to one thread. */
#ifndef CZ_SOURCE_READ_AHEAD_H
#define CZ_SOURCE_READ_AHEAD_H

#include "source/source.h"

typedef struct read_ahead read_ahead;

/* Start at offset; about `memory` bytes are used for ranges. Errors: NOMEM. */
int read_ahead_open(read_ahead **out, source *s, uint64_t offset, size_t memory, cz_error *err);
void read_ahead_close(read_ahead **a); /* NULL-safe */
/* As source_read_at(). A read that does not begin at or shortly after the end of the previous one
 * is a request of its own, and so is its error. An error of the ranges that are requested in
 * advance is permanent: all later reads fail with it. */
int read_ahead_read(read_ahead *a, uint64_t offset, void *to, size_t len, cz_error *err);

#endif
