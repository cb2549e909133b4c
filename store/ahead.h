/* Small reads front to back, made of large ranges that are under way before they are wanted: what
 * searching through a file behind http(s) would take ages without. Belongs to one thread. */
#ifndef CZ_STORE_AHEAD_H
#define CZ_STORE_AHEAD_H

#include "store/source.h"

typedef struct ahead ahead;

/* From offset on, with some `memory` bytes for what is fetched. Errors: NOMEM. */
int ahead_open(ahead **out, source *s, uint64_t offset, size_t memory, cz_error *err);
void ahead_close(ahead **a); /* NULL-safe */
/* As source_read_at(). A read that doesn't go on from where the last one ended, or shortly behind,
 * is a request of its own, whose failure is its own. A failure of the ranges that are read ahead
 * stays: every later read fails with it. */
int ahead_read(ahead *a, uint64_t offset, void *to, size_t len, cz_error *err);

#endif
