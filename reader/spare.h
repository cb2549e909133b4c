/* Decoders and buffers of frames that calls of cz_pictures() leave for later calls: without them
 * each call would compute the decoder's tables again, and touch new pages for each frame.
 *
 * They belong to a store, for all its clips, or to a MOV. Bounded: beyond SPARE_BYTES they are
 * freed. Thread-safe and non-blocking: if the lock is held, which in a child of fork() may be for
 * ever, a call allocates and frees. */
#ifndef CZ_READER_SPARE_H
#define CZ_READER_SPARE_H

#include "prores/prores.h"

enum { SPARE_BYTES = 64 << 20 };

typedef struct spare spare;

/* Errors: NOMEM. */
int spare_new(spare **out, cz_error *err);
void spare_free(spare **s); /* NULL-safe */
/* Bytes that are kept now: at most SPARE_BYTES. Not while other threads use it. */
size_t spare_kept(const spare *s);

/* A decoder of at least that many workers. Errors: those of prores_decoder_new(). */
int spare_take_decoder(prores_decoder **out, spare *s, unsigned workers, cz_error *err);
/* Keep or free it; sets *decoder to NULL, NULL-safe. */
void spare_give_decoder(spare *s, prores_decoder **decoder);

/* At least *room bytes, and set *room to their number; NULL when out of memory. */
uint8_t *spare_take_bytes(spare *s, size_t *room);
/* Keep or free() them; NULL-safe. */
void spare_give_bytes(spare *s, uint8_t *bytes, size_t room);

#endif
