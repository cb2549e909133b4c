#include "tests/unit/support/mov_bytes.h"

#include <string.h>

#include "base/bytes.h"

/* ---- fields and atoms ---- */

void put8(buf *b, uint8_t v)
{
    buf_add(b, &v, 1);
}

void put16(buf *b, uint16_t v)
{
    put8(b, (uint8_t)(v >> 8));
    put8(b, (uint8_t)v);
}

void put32(buf *b, uint32_t v)
{
    put16(b, (uint16_t)(v >> 16));
    put16(b, (uint16_t)v);
}

void put64(buf *b, uint64_t v)
{
    put32(b, (uint32_t)(v >> 32));
    put32(b, (uint32_t)v);
}

void put_text(buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void put_zeros(buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put8(b, 0);
}

size_t atom_begin(buf *b, const char *type)
{
    const size_t begun = b->len;
    put32(b, 0);
    buf_add(b, type, 4);
    return begun;
}

void atom_end(buf *b, size_t begun)
{
    wr32be(b->at + begun, (uint32_t)(b->len - begun));
}

void put_atom(buf *b, const char *type, const uint32_t *word, size_t n)
{
    const size_t at = atom_begin(b, type);
    for (size_t i = 0; i < n; i++)
        put32(b, word[i]);
    atom_end(b, at);
}

static void put_time(buf *b, uint8_t version, uint64_t v)
{
    if (version == 1)
        put64(b, v);
    else
        put32(b, (uint32_t)v);
}

/* ---- tracks ---- */

trak usual_trak(void)
{
    static const uint32_t size[] = {100, 200, 300};
    static const uint32_t stsc[][3] = {{1, 2, 1}, {2, 1, 1}};
    static const uint64_t chunk[] = {1000, 2000};
    static const uint32_t stts[][2] = {{3, 1001}};
    return (trak){
        .kind = "vide",
        .codec = "apcn",
        .width = 1920,
        .height = 1080,
        .id = 1,
        .created = 3600000000,
        .duration = 3003,
        .timescale = 30000,
        .n_sizes = 3,
        .size = size,
        .stsc = stsc,
        .n_stsc = 2,
        .chunk = chunk,
        .n_chunks = 2,
        .stts = stts,
        .n_stts = 1,
    };
}

static void put_entry(buf *b, const trak *t, const char *codec)
{
    const size_t at = atom_begin(b, codec);
    put_zeros(b, 6);
    put16(b, 1); /* entry of dref */
    if (strcmp(t->kind, "vide") == 0) {
        put_zeros(b, 16);
        put16(b, t->width);
        put16(b, t->height);
        put_zeros(b, 14 + 32);
        put16(b, 24);
        put16(b, 0xffff);
    }
    if (t->extensions)
        buf_add(b, t->extensions->at, t->extensions->len);
    atom_end(b, at);
}

static void put_stsd(buf *b, const trak *t)
{
    const size_t at = atom_begin(b, "stsd");
    put32(b, 0);
    put32(b, t->second_codec ? 2 : 1);
    put_entry(b, t, t->codec);
    if (t->second_codec)
        put_entry(b, t, t->second_codec);
    atom_end(b, at);
}

static void put_stbl(buf *b, const trak *t)
{
    const size_t stbl = atom_begin(b, "stbl");
    if (t->codec)
        put_stsd(b, t);
    size_t at = atom_begin(b, "stts");
    put32(b, 0);
    put32(b, t->n_stts);
    for (uint32_t i = 0; t->stts && i < t->n_stts; i++) {
        put32(b, t->stts[i][0]);
        put32(b, t->stts[i][1]);
    }
    atom_end(b, at);
    at = atom_begin(b, "stsc");
    put32(b, 0);
    put32(b, t->n_stsc);
    for (uint32_t i = 0; i < t->n_stsc; i++)
        for (int k = 0; k < 3; k++)
            put32(b, t->stsc[i][k]);
    atom_end(b, at);
    at = atom_begin(b, "stsz");
    put32(b, 0);
    put32(b, t->uniform);
    put32(b, t->n_sizes);
    for (uint32_t i = 0; t->size && i < t->n_sizes; i++)
        put32(b, t->size[i]);
    atom_end(b, at);
    at = atom_begin(b, t->wide ? "co64" : "stco");
    put32(b, 0);
    put32(b, t->n_chunks);
    for (uint32_t i = 0; i < t->n_chunks; i++)
        put_time(b, t->wide, t->chunk[i]);
    atom_end(b, at);
    atom_end(b, stbl);
}

static void put_dinf(buf *b, const trak *t)
{
    const size_t dinf = atom_begin(b, "dinf");
    const size_t dref = atom_begin(b, "dref");
    put32(b, 0);
    put32(b, 1);
    const size_t at = atom_begin(b, "url ");
    put32(b, t->url ? 0 : 1);
    if (t->url)
        buf_add(b, t->url, strlen(t->url) + 1);
    atom_end(b, at);
    atom_end(b, dref);
    atom_end(b, dinf);
}

static void put_edits(buf *b, const trak *t)
{
    const size_t edts = atom_begin(b, "edts");
    const size_t at = atom_begin(b, "elst");
    put32(b, t->wide_edits ? 1u << 24 : 0);
    put32(b, t->n_edits);
    for (uint32_t i = 0; i < t->n_edits; i++) {
        put_time(b, t->wide_edits, (uint64_t)t->edit[i][0]);
        put_time(b, t->wide_edits, (uint64_t)t->edit[i][1]);
        put32(b, 0x10000);
    }
    atom_end(b, at);
    atom_end(b, edts);
}

static void put_mdia(buf *b, const trak *t)
{
    const size_t mdia = atom_begin(b, "mdia");
    size_t at = atom_begin(b, "mdhd");
    put32(b, (uint32_t)t->version << 24);
    put_time(b, t->version, t->created);
    put_time(b, t->version, 0);
    put32(b, t->timescale);
    put_time(b, t->version, t->duration);
    put32(b, 0);
    atom_end(b, at);
    if (t->kind) {
        at = atom_begin(b, "hdlr");
        put32(b, 0);
        put_text(b, "mhlr");
        put_text(b, t->kind);
        put_zeros(b, 13);
        atom_end(b, at);
    }
    at = atom_begin(b, "minf");
    put_dinf(b, t);
    put_stbl(b, t);
    atom_end(b, at);
    atom_end(b, mdia);
}

void put_trak(buf *b, const trak *t)
{
    const size_t at = atom_begin(b, "trak");
    const size_t tkhd = atom_begin(b, "tkhd");
    put32(b, (uint32_t)t->version << 24 | (t->disabled ? 0 : 1));
    put_time(b, t->version, t->created);
    put_time(b, t->version, 0);
    put32(b, t->id);
    put_zeros(b, 60);
    atom_end(b, tkhd);
    if (t->n_edits)
        put_edits(b, t);
    put_mdia(b, t);
    atom_end(b, at);
}

void put_mvhd(buf *b, uint8_t version, uint64_t created, uint32_t timescale, uint64_t duration)
{
    const size_t at = atom_begin(b, "mvhd");
    put32(b, (uint32_t)version << 24);
    put_time(b, version, created);
    put_time(b, version, 0);
    put32(b, timescale);
    put_time(b, version, duration);
    put_zeros(b, 80);
    atom_end(b, at);
}

void put_movie(buf *b, const trak *t, size_t n)
{
    size_t at = atom_begin(b, "ftyp");
    put_text(b, "qt  ");
    put_zeros(b, 12);
    atom_end(b, at);
    at = atom_begin(b, "mdat");
    put_zeros(b, 4000 - b->len);
    atom_end(b, at);
    at = atom_begin(b, "moov");
    put_mvhd(b, 0, 3614199300, 600, 61);
    for (size_t i = 0; i < n; i++)
        put_trak(b, &t[i]);
    atom_end(b, at);
}

/* ---- memory as a file ---- */

static int read_memory(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    memory *m = ctx;
    m->reads++;
    if (offset > m->len || len > m->len - offset)
        return cz_fail(err, CZ_CHANGED, "test.mov: the file ends before %zu bytes at %llu", len,
                       (unsigned long long)offset);
    if (m->fail_at && offset <= m->fail_at && m->fail_at - offset < len)
        return cz_fail(err, CZ_UNREACHABLE, "test.mov: the network is gone");
    memcpy(to, m->at + offset, len);
    return CZ_OK;
}

mov_input memory_input(memory *m)
{
    return (mov_input){read_memory, m, m->len, "test.mov"};
}

memory memory_of(const buf *b)
{
    return (memory){.at = b->at, .len = b->len};
}

/* ---- frames ---- */

frame_spec usual_frame(void)
{
    return (frame_spec){.width = 64, .height = 48, .chroma = 2, .payload = 40, .fill = 0x55};
}

static uint32_t slices_of(const frame_spec *f)
{
    const uint32_t across = (f->width + 15u) / 16,
                   down = (f->height + (f->interlace ? 31u : 15u)) / (f->interlace ? 32 : 16);
    return across * down; /* of one macroblock each */
}

static void put_picture(buf *b, const frame_spec *f)
{
    const uint32_t n = slices_of(f), slice = 6u + f->payload;
    put8(b, 8 << 3);
    put32(b, 8 + n * (2 + slice));
    put16(b, (uint16_t)n);
    put8(b, 0); /* slices of one macroblock */
    for (uint32_t i = 0; i < n; i++)
        put16(b, (uint16_t)slice);
    for (uint32_t i = 0; i < n; i++) {
        put8(b, 6 << 3);
        put8(b, 4); /* quantiser */
        put16(b, f->payload / 2);
        put16(b, f->payload / 4);
        for (uint16_t k = 0; k < f->payload; k++)
            put8(b, f->fill);
    }
}

uint32_t put_frame(buf *b, const frame_spec *f)
{
    const size_t begin = b->len;
    put32(b, 0);
    put_text(b, "icpf");
    put16(b, f->matrix[0] ? 148 : 20);
    put16(b, 0);
    put_text(b, "test");
    put16(b, f->width);
    put16(b, f->height);
    put8(b, (uint8_t)(f->chroma << 6 | f->interlace << 2));
    put8(b, f->rate);
    put8(b, 1);
    put8(b, 1);
    put8(b, 1);
    put8(b, f->alpha);
    put8(b, 0);
    put8(b, f->matrix[0] ? 3 : 0);
    for (size_t i = 0; f->matrix[0] && i < 128; i++)
        put8(b, i < 8 ? f->matrix[i] : 9);
    for (int i = f->interlace ? 2 : 1; i > 0; i--)
        put_picture(b, f);
    put_zeros(b, f->stuffing);
    wr32be(b->at + begin, (uint32_t)(b->len - begin));
    return (uint32_t)(b->len - begin);
}
