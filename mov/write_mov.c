#include "mov/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum {
    SAMPLES_MAX = 1 << 28
}; /* moov stays below 4 GiB, with 4 bytes of stsz and 8 of stts per sample */
enum { LANGUAGE_UNSPECIFIED = 0x7fff, LANGUAGE_UND = 0x55c4 }; /* QTFF, Language Code Values */

/* ---- fields ---- */

static void put8(buf *b, uint8_t v)
{
    buf_add(b, &v, 1);
}

static void put16(buf *b, uint16_t v)
{
    uint8_t p[2];
    wr16be(p, v);
    buf_add(b, p, sizeof p);
}

static void put32(buf *b, uint32_t v)
{
    uint8_t p[4];
    wr32be(p, v);
    buf_add(b, p, sizeof p);
}

static void put64(buf *b, uint64_t v)
{
    uint8_t p[8];
    wr64be(p, v);
    buf_add(b, p, sizeof p);
}

/* 64 bits in version 1 of an atom, otherwise 32. */
static void put_time(buf *b, bool wide, uint64_t v)
{
    if (wide)
        put64(b, v);
    else
        put32(b, (uint32_t)v);
}

static void put_zeros(buf *b, size_t n)
{
    uint8_t *p = buf_grow(b, n);
    if (p)
        memset(p, 0, n);
}

/* The unit matrix: 16.16, but 2.30 in the last column. */
static void put_matrix(buf *b)
{
    static const uint32_t unit[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
    for (int i = 0; i < 9; i++)
        put32(b, unit[i]);
}

/* A Pascal string: a length byte and the text, padded to `room` bytes unless that is 0. */
static void put_pascal(buf *b, const char *text, size_t room)
{
    const size_t len = strlen(text);
    put8(b, (uint8_t)len);
    buf_add(b, text, len);
    if (room)
        put_zeros(b, room - 1 - len);
}

/* Write an atom header. Returns its position for end_atom(), which fills in the size. */
static size_t begin_atom(buf *b, fourcc type)
{
    const size_t at = b->len;
    put32(b, 0);
    put32(b, type);
    return at;
}

/* The same followed by version and flags. */
static size_t begin_full_atom(buf *b, fourcc type, uint8_t version, uint32_t flags)
{
    const size_t at = begin_atom(b, type);
    put32(b, (uint32_t)version << 24 | flags);
    return at;
}

static void end_atom(buf *b, size_t at)
{
    if (!b->bad)
        wr32be(b->at + at, (uint32_t)(b->len - at));
}

/* ---- atoms (see QTFF under their names) ---- */

typedef struct movie_layout {
    const mov_write_params *w;
    const uint32_t *size, *ticks;
    uint32_t n;
    uint64_t bytes;    /* of all samples */
    uint64_t duration; /* of all samples */
    bool wide;         /* times need 64 bits */
    size_t chunk;      /* position of the only entry of stco in the buffer */
} movie_layout;

static void put_ftyp(buf *b)
{
    const size_t at = begin_atom(b, FOURCC('f', 't', 'y', 'p'));
    put32(b, FOURCC('q', 't', ' ', ' '));
    put32(b, 0x20050300);
    put32(b, FOURCC('q', 't', ' ', ' '));
    end_atom(b, at);
}

static void put_mvhd(buf *b, const movie_layout *p)
{
    const size_t at = begin_full_atom(b, FOURCC('m', 'v', 'h', 'd'), p->wide, 0);
    put_time(b, p->wide, p->w->created);
    put_time(b, p->wide, p->w->created);
    put32(b, p->w->timescale);
    put_time(b, p->wide, p->duration);
    put32(b, 0x10000); /* rate: 1 */
    put16(b, 0x100);   /* volume: 1 */
    put_zeros(b, 10);
    put_matrix(b);
    put_zeros(b, 24); /* preview, poster, selection */
    put32(b, 2);      /* next track */
    end_atom(b, at);
}

/* Display width, 16.16, corrected for non-square pixels. */
static uint32_t display_width(const mov_video *v)
{
    const uint64_t width = (uint64_t)v->width << 16;
    const uint64_t shown = v->aspect_h && v->aspect_v ? width * v->aspect_h / v->aspect_v : width;
    return shown > 0 && shown <= UINT32_MAX ? (uint32_t)shown : (uint32_t)width;
}

static void put_tkhd(buf *b, const movie_layout *p)
{
    enum { ENABLED = 1, IN_MOVIE = 2, IN_PREVIEW = 4, IN_POSTER = 8 };
    const size_t at = begin_full_atom(b, FOURCC('t', 'k', 'h', 'd'), p->wide,
                                      ENABLED | IN_MOVIE | IN_PREVIEW | IN_POSTER);
    put_time(b, p->wide, p->w->created);
    put_time(b, p->wide, p->w->created);
    put32(b, 1); /* track */
    put32(b, 0);
    put_time(b, p->wide, p->duration);
    put_zeros(b, 16); /* layer, alternate group, volume */
    put_matrix(b);
    put32(b, display_width(&p->w->video));
    put32(b, (uint32_t)p->w->video.height << 16);
    end_atom(b, at);
}

static void put_mdhd(buf *b, const movie_layout *p)
{
    const size_t at = begin_full_atom(b, FOURCC('m', 'd', 'h', 'd'), p->wide, 0);
    put_time(b, p->wide, p->w->created);
    put_time(b, p->wide, p->w->created);
    put32(b, p->w->timescale);
    put_time(b, p->wide, p->duration);
    put16(b, LANGUAGE_UNSPECIFIED);
    put16(b, 0); /* quality */
    end_atom(b, at);
}

static void put_hdlr(buf *b, fourcc type, fourcc subtype, const char *name)
{
    const size_t at = begin_full_atom(b, FOURCC('h', 'd', 'l', 'r'), 0, 0);
    put32(b, type);
    put32(b, subtype);
    put32(b, FOURCC('a', 'p', 'p', 'l'));
    put_zeros(b, 8);
    put_pascal(b, name, 0);
    end_atom(b, at);
}

static void put_vmhd(buf *b)
{
    enum { NO_LEAN_AHEAD = 1, DITHER_COPY = 0x40, HALF = 0x8000 };
    const size_t at = begin_full_atom(b, FOURCC('v', 'm', 'h', 'd'), 0, NO_LEAN_AHEAD);
    put16(b, DITHER_COPY);
    for (int i = 0; i < 3; i++)
        put16(b, HALF);
    end_atom(b, at);
}

/* The samples are in the same file. */
static void put_dinf(buf *b)
{
    const size_t dinf = begin_atom(b, FOURCC('d', 'i', 'n', 'f'));
    const size_t dref = begin_full_atom(b, FOURCC('d', 'r', 'e', 'f'), 0, 0);
    put32(b, 1);
    end_atom(b, begin_full_atom(b, FOURCC('a', 'l', 'i', 's'), 0, 1));
    end_atom(b, dref);
    end_atom(b, dinf);
}

static const char *compressor(fourcc codec)
{
    switch (codec) {
    case FOURCC('a', 'p', 'c', 'o'):
        return "Apple ProRes 422 (Proxy)";
    case FOURCC('a', 'p', 'c', 's'):
        return "Apple ProRes 422 (LT)";
    case FOURCC('a', 'p', 'c', 'h'):
        return "Apple ProRes 422 (HQ)";
    case FOURCC('a', 'p', '4', 'h'):
        return "Apple ProRes 4444";
    case FOURCC('a', 'p', '4', 'x'):
        return "Apple ProRes 4444 (XQ)";
    default:
        return "Apple ProRes 422";
    }
}

/* Only what the source specifies is written. */
static void put_extensions(buf *b, const mov_video *v)
{
    size_t at;
    if (v->fields) {
        at = begin_atom(b, FOURCC('f', 'i', 'e', 'l'));
        put8(b, v->fields);
        put8(b, v->field_order);
        end_atom(b, at);
    }
    if (v->primaries || v->transfer || v->matrix) {
        at = begin_atom(b, FOURCC('c', 'o', 'l', 'r'));
        put32(b, FOURCC('n', 'c', 'l', 'c'));
        put16(b, v->primaries);
        put16(b, v->transfer);
        put16(b, v->matrix);
        end_atom(b, at);
    }
    if (v->aspect_h && v->aspect_v) {
        at = begin_atom(b, FOURCC('p', 'a', 's', 'p'));
        put32(b, v->aspect_h);
        put32(b, v->aspect_v);
        end_atom(b, at);
    }
}

static void put_stsd(buf *b, const mov_write_params *w)
{
    enum { QUALITY_MOST = 1023, DPI_72 = 72 << 16, NO_COLOUR_TABLE = 0xffff };
    const size_t stsd = begin_full_atom(b, FOURCC('s', 't', 's', 'd'), 0, 0);
    put32(b, 1);
    const size_t entry = begin_atom(b, w->codec);
    put_zeros(b, 6);
    put16(b, 1);     /* entry of dref */
    put_zeros(b, 4); /* version, revision */
    put32(b, FOURCC('a', 'p', 'p', 'l'));
    put32(b, 0); /* temporal quality: none, intra frames only */
    put32(b, QUALITY_MOST);
    put16(b, w->video.width);
    put16(b, w->video.height);
    put32(b, DPI_72);
    put32(b, DPI_72);
    put32(b, 0);
    put16(b, 1); /* frames per sample */
    put_pascal(b, compressor(w->codec), 32);
    put16(b, w->video.depth ? w->video.depth : 24);
    put16(b, NO_COLOUR_TABLE);
    put_extensions(b, &w->video);
    end_atom(b, entry);
    end_atom(b, stsd);
}

static void put_stts(buf *b, const movie_layout *p)
{
    const size_t at = begin_full_atom(b, FOURCC('s', 't', 't', 's'), 0, 0);
    const size_t count = b->len;
    uint32_t runs = 0;
    put32(b, 0);
    for (uint32_t i = 0; i < p->n;) {
        const uint32_t first = i;
        while (i < p->n && p->ticks[i] == p->ticks[first])
            i++;
        put32(b, i - first);
        put32(b, p->ticks[first]);
        runs++;
    }
    if (!b->bad)
        wr32be(b->at + count, runs);
    end_atom(b, at);
}

static void put_stbl(buf *b, movie_layout *p)
{
    const size_t stbl = begin_atom(b, FOURCC('s', 't', 'b', 'l'));
    put_stsd(b, p->w);
    put_stts(b, p);

    size_t at = begin_full_atom(b, FOURCC('s', 't', 's', 'c'), 0, 0);
    put32(b, 1);
    put32(b, 1);    /* from the first chunk on */
    put32(b, p->n); /* samples in it */
    put32(b, 1);    /* description */
    end_atom(b, at);

    at = begin_full_atom(b, FOURCC('s', 't', 's', 'z'), 0, 0);
    put32(b, 0); /* not uniform */
    put32(b, p->n);
    uint8_t *sizes = buf_grow(b, (size_t)p->n * 4);
    for (uint32_t i = 0; sizes && i < p->n; i++)
        wr32be(sizes + (size_t)i * 4, p->size[i]);
    end_atom(b, at);

    /* The only chunk follows this header, far below 4 GiB. */
    at = begin_full_atom(b, FOURCC('s', 't', 'c', 'o'), 0, 0);
    put32(b, 1);
    p->chunk = b->len;
    put32(b, 0);
    end_atom(b, at);
    end_atom(b, stbl);
}

static void put_trak(buf *b, movie_layout *p)
{
    const size_t trak = begin_atom(b, FOURCC('t', 'r', 'a', 'k'));
    put_tkhd(b, p);
    const size_t mdia = begin_atom(b, FOURCC('m', 'd', 'i', 'a'));
    put_mdhd(b, p);
    put_hdlr(b, FOURCC('m', 'h', 'l', 'r'), FOURCC('v', 'i', 'd', 'e'),
             "Apple Video Media Handler");
    const size_t minf = begin_atom(b, FOURCC('m', 'i', 'n', 'f'));
    put_vmhd(b);
    put_hdlr(b, FOURCC('d', 'h', 'l', 'r'), FOURCC('a', 'l', 'i', 's'), "Apple Alias Data Handler");
    put_dinf(b);
    put_stbl(b, p);
    end_atom(b, minf);
    end_atom(b, mdia);
    end_atom(b, trak);
}

static void put_udta(buf *b, const char *name)
{
    const size_t len = strlen(name);
    const size_t udta = begin_atom(b, FOURCC('u', 'd', 't', 'a'));
    const size_t nam = begin_atom(b, FOURCC(0xa9, 'n', 'a', 'm'));
    put16(b, (uint16_t)len);
    put16(b, LANGUAGE_UND); /* a three-letter language code: the text is UTF-8 */
    buf_add(b, name, len);
    end_atom(b, nam);
    put32(b, 0); /* list terminator */
    end_atom(b, udta);
}

static void put_mdat_header(buf *b, uint64_t samples)
{
    if (samples + 8 <= UINT32_MAX) {
        put32(b, (uint32_t)(samples + 8));
        put32(b, FOURCC('m', 'd', 'a', 't'));
    } else {
        put32(b, 1);
        put32(b, FOURCC('m', 'd', 'a', 't'));
        put64(b, samples + 16);
    }
}

/* ---- the whole ---- */

static int compute_layout(movie_layout *p, const mov_write_params *w, const uint32_t *size,
                          const uint32_t *ticks, size_t n, cz_error *err)
{
    if (n == 0 || n > SAMPLES_MAX)
        return cz_fail(err, CZ_FORMAT, "a movie of %zu frames", n);
    if (w->timescale == 0)
        return cz_fail(err, CZ_FORMAT, "a movie without a timescale");
    if (w->name && strlen(w->name) > UINT16_MAX)
        return cz_fail(err, CZ_FORMAT, "a movie's name of %zu bytes", strlen(w->name));
    *p = (movie_layout){.w = w, .size = size, .ticks = ticks, .n = (uint32_t)n};
    for (size_t i = 0; i < n; i++) {
        if (size[i] == 0)
            return cz_fail(err, CZ_FORMAT, "frame %zu has no bytes", i);
        p->bytes += size[i];
        p->duration += ticks[i];
    }
    p->wide = p->duration >= UINT32_MAX || w->created > UINT32_MAX;
    return CZ_OK;
}

int mov_write_header(buf *out, const mov_write_params *w, const uint32_t *size,
                     const uint32_t *ticks, size_t n, cz_error *err)
{
    movie_layout p = {0};
    const int rc = compute_layout(&p, w, size, ticks, n, err);
    if (rc < 0)
        return rc;
    const size_t begin = out->len;
    put_ftyp(out);
    const size_t moov = begin_atom(out, FOURCC('m', 'o', 'o', 'v'));
    put_mvhd(out, &p);
    put_trak(out, &p);
    if (w->name)
        put_udta(out, w->name);
    end_atom(out, moov);
    put_mdat_header(out, p.bytes);
    if (out->bad)
        return cz_fail_memory(err, "movie header for %zu frames", n);
    wr32be(out->at + p.chunk, (uint32_t)(out->len - begin));
    return CZ_OK;
}
