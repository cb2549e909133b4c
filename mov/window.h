/* A window on a file: small reads next to one another become one. Belongs to one thread. */
#ifndef CZ_MOV_WINDOW_H
#define CZ_MOV_WINDOW_H

#include "mov/mov.h"

enum { WINDOW_BYTES = 65536 };

typedef struct window {
    const mov_input *in;
    uint8_t *at; /* WINDOW_BYTES, the window's own */
    uint64_t offset;
    size_t len;
} window;

/* Errors: NOMEM. */
int mov_window_new(window *out, const mov_input *in, cz_error *err);
void mov_window_free(window *w);

/* Bytes at offset, at least n of them, which the caller knows to be in the file; n <= WINDOW_BYTES. *have says how
 * many there are at once. They stay until the next call. Errors: read_at's. */
int mov_window_get(window *w, const uint8_t **p, size_t *have, uint64_t offset, size_t n,
                   cz_error *err);

#endif
