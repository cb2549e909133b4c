/* Small reads front to back, made of large ranges that are under way before they are wanted: what
 * searching through a file behind http(s) would take ages without. Belongs to one thread. */
#ifndef CZ_SOURCE_READ_AHEAD_H
#define CZ_SOURCE_READ_AHEAD_H

#include "source/source.h"

typedef struct read_ahead read_ahead;

/* From offset on, with some `memory` bytes for what is fetched. Errors: NOMEM. */
int read_ahead_open(read_ahead **out, source *s, uint64_t offset, size_t memory, cz_error *err);
void read_ahead_close(read_ahead **a); /* NULL-safe */
/* As source_read_at(). A read that doesn't go on from where the last one ended, or shortly behind,
 * is a request of its own, whose failure is its own. A failure of the ranges that are read ahead
 * stays: every later read fails with it. */
int read_ahead_read(read_ahead *a, uint64_t offset, void *to, size_t len, cz_error *err);

#endif
