#include "reader/spare.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"

enum {
    BYTES_MAX = 64,    /* buffers */
    DECODERS_MAX = 64, /* decoders */
    ROUNDING = 64 << 10,
    WASTE = 4, /* a buffer is not used for less than a quarter of it */
};

struct spare {
    pthread_mutex_t lock;
    size_t kept; /* bytes of all */
    size_t n_bytes, n_decoders;
    struct {
        uint8_t *at;
        size_t room;
    } bytes[BYTES_MAX];
    prores_decoder *decoder[DECODERS_MAX];
};

int spare_new(spare **out, cz_error *err)
{
    *out = NULL;
    spare *s = calloc(1, sizeof *s);
    if (!s || pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return cz_fail_memory(err, "buffers");
    }
    *out = s;
    return CZ_OK;
}

void spare_free(spare **s)
{
    if (!s || !*s)
        return;
    for (size_t i = 0; i < (*s)->n_bytes; i++)
        free((*s)->bytes[i].at);
    for (size_t i = 0; i < (*s)->n_decoders; i++)
        prores_decoder_free(&(*s)->decoder[i]);
    (void)pthread_mutex_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}

size_t spare_kept(const spare *s)
{
    return s->kept;
}

/* ---- Decoders -------------------------------------------------------------------------------- */

/* The one that was used last: its memory is the most likely to be in a cache. */
static prores_decoder *find_decoder(spare *s, unsigned workers)
{
    for (size_t i = s->n_decoders; i-- > 0;) {
        prores_decoder *decoder = s->decoder[i];
        if (prores_decoder_workers(decoder) < workers)
            continue;
        s->decoder[i] = s->decoder[--s->n_decoders];
        s->kept -= prores_decoder_bytes(decoder);
        return decoder;
    }
    return NULL;
}

int spare_take_decoder(prores_decoder **out, spare *s, unsigned workers, cz_error *err)
{
    *out = NULL;
    if (pthread_mutex_trylock(&s->lock) == 0) {
        *out = find_decoder(s, workers);
        (void)pthread_mutex_unlock(&s->lock);
    }
    return *out ? CZ_OK : prores_decoder_new(out, workers, err);
}

void spare_give_decoder(spare *s, prores_decoder **decoder)
{
    if (!*decoder)
        return;
    const size_t bytes = prores_decoder_bytes(*decoder);
    if (pthread_mutex_trylock(&s->lock) == 0) {
        if (s->n_decoders < DECODERS_MAX && bytes <= SPARE_BYTES - s->kept) {
            s->decoder[s->n_decoders++] = *decoder;
            s->kept += bytes;
            *decoder = NULL;
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    prores_decoder_free(decoder);
}

/* ---- Buffers --------------------------------------------------------------------------------- */

static uint8_t *find_bytes(spare *s, size_t *room)
{
    for (size_t i = s->n_bytes; i-- > 0;) {
        uint8_t *at = s->bytes[i].at;
        if (s->bytes[i].room < *room || s->bytes[i].room / WASTE > *room)
            continue;
        *room = s->bytes[i].room;
        s->kept -= *room;
        s->bytes[i] = s->bytes[--s->n_bytes];
        return at;
    }
    return NULL;
}

uint8_t *spare_take_bytes(spare *s, size_t *room)
{
    uint8_t *at = NULL;
    if (pthread_mutex_trylock(&s->lock) == 0) {
        at = find_bytes(s, room);
        (void)pthread_mutex_unlock(&s->lock);
    }
    if (at)
        return at;
    /* Frames differ in size: a buffer should also hold a somewhat larger one. */
    const size_t more = *room / 4 + ROUNDING;
    if (*room > SIZE_MAX - more)
        return NULL;
    *room += more;
    return malloc(*room);
}

void spare_give_bytes(spare *s, uint8_t *bytes, size_t room)
{
    if (bytes && pthread_mutex_trylock(&s->lock) == 0) {
        if (s->n_bytes < BYTES_MAX && room <= SPARE_BYTES - s->kept) {
            s->bytes[s->n_bytes].at = bytes;
            s->bytes[s->n_bytes++].room = room;
            s->kept += room;
            bytes = NULL;
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    free(bytes);
}
