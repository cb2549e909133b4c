#include "mov/write.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"

/* RIFF chunks, little-endian: AVI RIFF File Reference (Microsoft), AVI 1.0. */
enum {
    CHUNK_HEADER = 8,
    AVIH = 56,
    STRH = 56,
    STRF = 40,
    STRL_BODY = 4 + CHUNK_HEADER + STRH + CHUNK_HEADER + STRF,
    HDRL_BODY = 4 + CHUNK_HEADER + AVIH + CHUNK_HEADER + STRL_BODY,
    INDEX_ENTRY = 16,
    KEY_FRAME = 0x10, /* AVIIF_KEYFRAME */
    HAS_INDEX = 0x10, /* AVIF_HASINDEX */
};
static const uint64_t AVI_MAX = INT32_MAX; /* AVI 1.0 readers treat sizes as signed */
static const char SAMPLE_ID[4] = {'0', '0', 'd', 'c'};

static void put16(buf *b, uint16_t v)
{
    const uint8_t p[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    buf_add(b, p, sizeof p);
}

static void put32(buf *b, uint32_t v)
{
    uint8_t p[4];
    wr32le(p, v);
    buf_add(b, p, sizeof p);
}

static void put_fourcc(buf *b, const char *four)
{
    buf_add(b, four, 4);
}

static void put_chunk_header(buf *b, const char *id, uint32_t size)
{
    put_fourcc(b, id);
    put32(b, size);
}

static void put_codec(buf *b, fourcc codec)
{
    uint8_t p[4];
    wr32be(p, codec);
    buf_add(b, p, sizeof p);
}

typedef struct avi_layout {
    const mov_write_params *w;
    uint32_t rate_num, rate_den;
    uint32_t n;
    uint32_t largest;
    uint32_t movi; /* bytes of the movi list, including its fourcc */
    uint32_t riff; /* bytes after the first eight of the file */
} avi_layout;

static int compute_layout(avi_layout *p, const uint32_t *size, size_t n, cz_error *err)
{
    uint64_t movi = 4;
    for (size_t i = 0; i < n; i++) {
        if (size[i] == 0)
            return cz_fail(err, CZ_FORMAT, "frame %zu has no bytes", i);
        movi += CHUNK_HEADER + (uint64_t)size[i] + (size[i] & 1);
        if (size[i] > p->largest)
            p->largest = size[i];
    }
    const uint64_t index = (uint64_t)n * INDEX_ENTRY;
    const uint64_t riff = 4 + CHUNK_HEADER + HDRL_BODY + CHUNK_HEADER + movi + CHUNK_HEADER + index;
    if (riff + CHUNK_HEADER > AVI_MAX) {
        cz_fail(err, CZ_UNSUPPORTED, "an AVI file of %" PRIu64 " bytes: at most 2 GiB are possible",
                riff + CHUNK_HEADER);
        cz_hint(err, "write a .mov, which may be of any size");
        return CZ_UNSUPPORTED;
    }
    p->n = (uint32_t)n;
    p->movi = (uint32_t)movi;
    p->riff = (uint32_t)riff;
    return CZ_OK;
}

static void put_avih(buf *b, const avi_layout *p)
{
    const uint64_t us = UINT64_C(1000000) * p->rate_den / p->rate_num;
    put_chunk_header(b, "avih", AVIH);
    put32(b, us < UINT32_MAX ? (uint32_t)us : UINT32_MAX);
    put32(b, 0); /* bytes per second: unknown */
    put32(b, 0);
    put32(b, HAS_INDEX);
    put32(b, p->n);
    put32(b, 0);
    put32(b, 1); /* streams */
    put32(b, p->largest);
    put32(b, p->w->video.width);
    put32(b, p->w->video.height);
    for (int i = 0; i < 4; i++)
        put32(b, 0);
}

static void put_strh(buf *b, const avi_layout *p)
{
    put_chunk_header(b, "strh", STRH);
    put_fourcc(b, "vids");
    put_codec(b, p->w->codec);
    put32(b, 0);
    put32(b, 0);
    put32(b, 0);
    put32(b, p->rate_den);
    put32(b, p->rate_num);
    put32(b, 0); /* start */
    put32(b, p->n);
    put32(b, p->largest);
    put32(b, UINT32_MAX); /* quality: default */
    put32(b, 0);          /* samples vary in size */
    put16(b, 0);
    put16(b, 0);
    put16(b, p->w->video.width);
    put16(b, p->w->video.height);
}

/* BITMAPINFOHEADER */
static void put_strf(buf *b, const avi_layout *p)
{
    const mov_video *v = &p->w->video;
    const uint16_t depth = v->depth ? v->depth : 24;
    const uint64_t picture = (uint64_t)v->width * v->height * (depth / 8u);
    put_chunk_header(b, "strf", STRF);
    put32(b, STRF);
    put32(b, v->width);
    put32(b, v->height);
    put16(b, 1);
    put16(b, depth);
    put_codec(b, p->w->codec);
    put32(b, picture <= UINT32_MAX ? (uint32_t)picture : 0);
    for (int i = 0; i < 4; i++)
        put32(b, 0);
}

int avi_write_header(buf *out, const mov_write_params *w, uint32_t rate_num, uint32_t rate_den,
                     const uint32_t *size, size_t n, cz_error *err)
{
    avi_layout p = {.w = w, .rate_num = rate_num, .rate_den = rate_den};
    if (n == 0 || rate_num == 0 || rate_den == 0)
        return cz_fail(err, CZ_FORMAT,
                       "an AVI file of %zu frames, %" PRIu32 "/%" PRIu32 " a second", n, rate_num,
                       rate_den);
    const int rc = compute_layout(&p, size, n, err);
    if (rc < 0)
        return rc;
    put_chunk_header(out, "RIFF", p.riff);
    put_fourcc(out, "AVI ");
    put_chunk_header(out, "LIST", HDRL_BODY);
    put_fourcc(out, "hdrl");
    put_avih(out, &p);
    put_chunk_header(out, "LIST", STRL_BODY);
    put_fourcc(out, "strl");
    put_strh(out, &p);
    put_strf(out, &p);
    put_chunk_header(out, "LIST", p.movi);
    put_fourcc(out, "movi");
    return out->bad ? cz_fail_memory(err, "AVI header") : CZ_OK;
}

void avi_chunk_header(uint8_t out[8], uint32_t size)
{
    memcpy(out, SAMPLE_ID, sizeof SAMPLE_ID);
    wr32le(out + 4, size);
}

/* idx1: offsets are relative to the fourcc `movi`. */
int avi_write_index(buf *out, const uint32_t *size, size_t n, cz_error *err)
{
    avi_layout p = {0};
    const int rc = compute_layout(&p, size, n, err);
    if (rc < 0)
        return rc;
    put_chunk_header(out, "idx1", p.n * INDEX_ENTRY);
    uint32_t at = 4;
    for (size_t i = 0; i < n; i++) {
        put_fourcc(out, SAMPLE_ID);
        put32(out, KEY_FRAME);
        put32(out, at);
        put32(out, size[i]);
        at += CHUNK_HEADER + size[i] + (size[i] & 1);
    }
    return out->bad ? cz_fail_memory(err, "AVI index") : CZ_OK;
}
