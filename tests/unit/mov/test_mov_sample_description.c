/* mov/sample_description.c and mov/timecode.c: sample descriptions, data references, time codes. */
#include <criterion/criterion.h>
#include <string.h>

#include "mov/sample_description.h"
#include "mov/timecode.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

static const fourcc VIDE = FOURCC('v', 'i', 'd', 'e');
static const fourcc SOUN = FOURCC('s', 'o', 'u', 'n');
static const fourcc TMCD = FOURCC('t', 'm', 'c', 'd');

/* A body of stsd with one entry whose fields follow the reference to dref; ends b. */
static guard stsd_of(buf *entry)
{
    buf b = {0};
    put32(&b, 0);
    put32(&b, 1);
    buf_add(&b, entry->at, entry->len);
    buf_free(entry);
    guard g = guard_copy(b.at, b.len);
    buf_free(&b);
    return g;
}

static size_t entry_begin(buf *b, const char *codec)
{
    const size_t at = atom_begin(b, codec);
    put_zeros(b, 6);
    put16(b, 3);
    return at;
}

static int read_one(sample_description *out, guard *g, fourcc kind)
{
    const int rc = sample_description_read(out, (bytes){g->at, g->len, false}, 1, kind, NULL);
    guard_free(g);
    return rc;
}

static void put_video_fields(buf *b)
{
    put_zeros(b, 16);
    put16(b, 1920);
    put16(b, 1080);
    put_zeros(b, 14 + 32);
    put16(b, 32);
    put16(b, 0xffff);
}

Test(stsd, video)
{
    buf b = {0};
    const size_t at = entry_begin(&b, "ap4h");
    put_video_fields(&b);
    put_atom(&b, "gama", (const uint32_t[]){1}, 1);
    size_t x = atom_begin(&b, "fiel");
    put8(&b, 2);
    put8(&b, 9);
    atom_end(&b, x);
    put_atom(&b, "pasp", (const uint32_t[]){10, 11}, 2);
    x = atom_begin(&b, "colr");
    put_text(&b, "nclc");
    put16(&b, 1);
    put16(&b, 2);
    put16(&b, 6);
    atom_end(&b, x);
    put32(&b, 0); /* as some writers end it */
    atom_end(&b, at);
    guard g = stsd_of(&b);
    sample_description d;
    cr_assert_eq(read_one(&d, &g, VIDE), CZ_OK);
    cr_assert_eq(d.codec, FOURCC('a', 'p', '4', 'h'));
    cr_assert_eq(d.data, 3);
    cr_assert_eq(d.video.width, 1920);
    cr_assert_eq(d.video.height, 1080);
    cr_assert_eq(d.video.depth, 32);
    cr_assert_eq(d.video.fields, 2);
    cr_assert_eq(d.video.field_order, 9);
    cr_assert_eq(d.video.aspect_h, 10);
    cr_assert_eq(d.video.aspect_v, 11);
    cr_assert_eq(d.video.primaries, 1);
    cr_assert_eq(d.video.transfer, 2);
    cr_assert_eq(d.video.matrix, 6);
}

Test(stsd, unknown_colours_are_ignored)
{
    buf b = {0};
    const size_t at = entry_begin(&b, "apcn");
    put_video_fields(&b);
    const size_t x = atom_begin(&b, "colr");
    put_text(&b, "prof");
    put_zeros(&b, 6);
    put16(&b, 1);
    atom_end(&b, x);
    atom_end(&b, at);
    guard g = stsd_of(&b);
    sample_description d;
    cr_assert_eq(read_one(&d, &g, VIDE), CZ_OK);
    cr_assert_eq(d.video.primaries, 0);
    cr_assert_eq(d.video.matrix, 0);
}

typedef struct sound {
    const char *codec;
    uint16_t version, channels, bits;
    bool enda;
} sound;

static mov_audio read_sound(const sound *s)
{
    buf b = {0};
    const size_t at = entry_begin(&b, s->codec);
    put16(&b, s->version);
    put_zeros(&b, 6);
    put16(&b, s->channels);
    put16(&b, s->bits);
    put32(&b, 0);
    put32(&b, 48000u << 16);
    if (s->version == 1)
        put_zeros(&b, 16);
    if (s->enda) {
        const size_t wave = atom_begin(&b, "wave");
        put_atom(&b, "frma", (const uint32_t[]){0}, 1);
        const size_t enda = atom_begin(&b, "enda");
        put16(&b, 1);
        atom_end(&b, enda);
        atom_end(&b, wave);
    }
    atom_end(&b, at);
    guard g = stsd_of(&b);
    sample_description d;
    cr_assert_eq(read_one(&d, &g, SOUN), CZ_OK);
    return d.audio;
}

Test(stsd, sound)
{
    static const struct {
        sound s;
        uint32_t bits, bytes;
        bool little, is_float;
    } cases[] = {
        {{"in24", 1, 16, 16, false}, 24, 48, false, false},
        {{"in24", 1, 16, 16, true}, 24, 48, true, false},
        {{"sowt", 0, 2, 16, false}, 16, 4, true, false},
        {{"twos", 0, 2, 24, false}, 24, 6, false, false},
        {{"twos", 0, 1, 0, false}, 16, 2, false, false},
        {{"twos", 0, 1, 13, false}, 16, 2, false, false},
        {{"raw ", 0, 2, 16, false}, 8, 2, false, false},
        {{"in32", 1, 3, 16, true}, 32, 12, true, false},
        {{"fl32", 1, 1, 16, false}, 32, 4, false, true},
        {{"fl64", 1, 1, 16, true}, 64, 8, true, true},
        {{"mp4a", 1, 2, 16, false}, 16, 0, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const mov_audio a = read_sound(&cases[i].s);
        cr_assert_eq(a.channels, cases[i].s.channels, "%zu", i);
        cr_assert_eq(a.rate, 48000);
        cr_assert_eq(a.bits, cases[i].bits, "%zu", i);
        cr_assert_eq(a.bytes_per_frame, cases[i].bytes, "%zu", i);
        cr_assert_eq(a.little_endian, cases[i].little, "%zu", i);
        cr_assert_eq(a.is_float, cases[i].is_float, "%zu", i);
    }
}

/* Version 2: rate, channels, bits, flags, bytes and frames a packet. */
static mov_audio read_sound_2(const char *codec, double rate, const uint32_t word[5])
{
    buf b = {0};
    uint64_t bits;
    memcpy(&bits, &rate, sizeof bits);
    const size_t at = entry_begin(&b, codec);
    put16(&b, 2);
    put_zeros(&b, 6);
    put16(&b, 3);
    put16(&b, 16);
    put32(&b, 0xfffe0000);
    put32(&b, 0x10000);
    put32(&b, 72);
    put64(&b, bits);
    put32(&b, word[0]);
    put32(&b, 0x7f000000);
    for (int i = 1; i < 5; i++)
        put32(&b, word[i]);
    atom_end(&b, at);
    guard g = stsd_of(&b);
    sample_description d;
    cr_assert_eq(read_one(&d, &g, SOUN), CZ_OK);
    return d.audio;
}

Test(stsd, sound_of_version_2)
{
    mov_audio a = read_sound_2("lpcm", 96000, (const uint32_t[]){16, 24, 4, 48, 1});
    cr_assert_eq(a.channels, 16);
    cr_assert_eq(a.rate, 96000);
    cr_assert_eq(a.bits, 24);
    cr_assert_eq(a.bytes_per_frame, 48);
    cr_assert(a.little_endian);
    cr_assert_not(a.is_float);
    a = read_sound_2("lpcm", 48000, (const uint32_t[]){1, 32, 3, 4, 1});
    cr_assert_not(a.little_endian);
    cr_assert(a.is_float);
    a = read_sound_2("lpcm", 48000, (const uint32_t[]){1, 16, 4, 64, 32});
    cr_assert_eq(a.bytes_per_frame, 0);
    a = read_sound_2("mp4a", 44100, (const uint32_t[]){2, 16, 4, 4, 1});
    cr_assert_eq(a.bytes_per_frame, 0);
    cr_assert_eq(a.rate, 44100);
    a = read_sound_2("lpcm", -1, (const uint32_t[]){65536, 65, 4, 4, 1});
    cr_assert_eq(a.rate, 0);
    cr_assert_eq(a.channels, 0);
    cr_assert_eq(a.bits, 0);
    cr_assert_eq(read_sound_2("lpcm", 1e300, (const uint32_t[]){1, 16, 4, 2, 1}).rate, 0);
}

Test(stsd, invalid)
{
    buf b = {0};
    trak t = usual_trak();
    t.second_codec = "apch";
    put_movie(&b, &t, 1);
    const uint8_t *stsd = memmem(b.at, b.len, "stsd", 4);
    const size_t len = rd32be(stsd - 4) - 8;
    sample_description d;
    cz_error err;
    cr_assert_eq(sample_description_read(&d, (bytes){stsd + 4, len, false}, 2, VIDE, &err), CZ_OK);
    cr_assert_eq(d.codec, FOURCC('a', 'p', 'c', 'h'));
    cr_assert_eq(sample_description_read(&d, (bytes){stsd + 4, len, false}, 3, VIDE, &err),
                 CZ_FORMAT);
    cr_assert_eq(sample_description_read(&d, (bytes){0}, 1, VIDE, &err), CZ_FORMAT);
    for (size_t n = 0; n < len; n++) {
        guard g = guard_copy(stsd + 4, n);
        cr_assert_eq(sample_description_read(&d, (bytes){g.at, n, false}, 2, VIDE, &err),
                     CZ_FORMAT);
        cr_assert_eq(err.code, CZ_FORMAT);
        guard_free(&g);
    }
    guard g = guard_copy(stsd + 4, len);
    wr32be(g.at + 4, SAMPLE_DESCRIPTIONS_MAX + 1);
    cr_assert_eq(sample_description_read(&d, (bytes){g.at, len, false}, 1, VIDE, &err), CZ_FORMAT);
    guard_free(&g);
    buf_free(&b);
}

static guard dref_of(const char *type, uint32_t flags, const void *body, size_t n)
{
    buf b = {0};
    put32(&b, 0);
    put32(&b, 2);
    put_atom(&b, "alis", (const uint32_t[]){1}, 1);
    const size_t at = atom_begin(&b, type);
    put32(&b, flags);
    buf_add(&b, body, n);
    atom_end(&b, at);
    guard g = guard_copy(b.at, b.len);
    buf_free(&b);
    return g;
}

static void expect_elsewhere(const char *type, const void *body, size_t n, const char *name)
{
    guard g = dref_of(type, 0, body, n);
    bool self = true;
    char got[64];
    cr_assert_eq(dref_is_same_file(&self, got, (bytes){g.at, g.len, false}, 2, NULL), CZ_OK);
    cr_assert_not(self);
    cr_assert_str_eq(got, name);
    guard_free(&g);
}

Test(dref, in_another_file)
{
    static const char url[] = "https://user:secret@host/a%20b/other.mov?token=secret#x";
    expect_elsewhere("url ", url, sizeof url, "other.mov");
    expect_elsewhere("url ", "plain.mov", 9, "plain.mov");
    expect_elsewhere("url ", "", 0, "");
    expect_elsewhere("url ", "folder/", 7, "");
    expect_elsewhere("rsrc", "x", 1, "");
    static const char name[] = "media\tmov";
    uint8_t alias[50 + 64] = {0};
    alias[50] = sizeof name - 1;
    memcpy(alias + 51, name, sizeof name);
    expect_elsewhere("alis", alias, sizeof alias, "media.mov");
    expect_elsewhere("alis", alias, 55, "");
    expect_elsewhere("alis", alias, 20, "");
    char longer[200];
    memset(longer, 'x', sizeof longer);
    guard g = dref_of("url ", 0, longer, sizeof longer);
    bool self;
    char got[64];
    cr_assert_eq(dref_is_same_file(&self, got, (bytes){g.at, g.len, false}, 2, NULL), CZ_OK);
    cr_assert_eq(strlen(got), 63);
    guard_free(&g);
}

Test(dref, in_this_file)
{
    guard g = dref_of("url ", 1, NULL, 0);
    const bytes dref = {g.at, g.len, false};
    bool self = false;
    char name[64];
    cr_assert_eq(dref_is_same_file(&self, name, dref, 1, NULL), CZ_OK);
    cr_assert(self);
    self = false;
    cr_assert_eq(dref_is_same_file(&self, name, dref, 2, NULL), CZ_OK);
    cr_assert(self);
    self = false;
    cr_assert_eq(dref_is_same_file(&self, name, (bytes){0}, 9, NULL), CZ_OK);
    cr_assert(self);
    cr_assert_eq(dref_is_same_file(&self, name, dref, 0, NULL), CZ_FORMAT);
    cr_assert_eq(dref_is_same_file(&self, name, dref, 3, NULL), CZ_FORMAT);
    cr_assert_eq(dref_is_same_file(&self, name, dref, UINT32_MAX, NULL), CZ_FORMAT);
    guard_free(&g);
}

Test(timecode, entry)
{
    buf b = {0};
    const size_t at = entry_begin(&b, "tmcd");
    put32(&b, 0);
    put32(&b, 1);
    put32(&b, 30000);
    put32(&b, 1001);
    put8(&b, 30);
    put8(&b, 0);
    atom_end(&b, at);
    guard g = stsd_of(&b);
    sample_description d;
    cr_assert_eq(read_one(&d, &g, TMCD), CZ_OK);
    cr_assert_eq(d.timecode.flags, 1);
    cr_assert_eq(d.timecode.timescale, 30000);
    cr_assert_eq(d.timecode.duration, 1001);
    cr_assert_eq(d.timecode.fps, 30);
}

Test(timecode, text)
{
    enum { DROP = 1, WRAP = 2, NEGATIVE = 4, COUNTER = 8 };
    static const struct {
        uint32_t flags;
        uint8_t fps;
        uint32_t sample;
        const char *text;
    } cases[] = {
        {0, 30, 0, "00:00:00:00"},
        {0, 30, 111694, "01:02:03:04"},
        {0, 25, 93079, "01:02:03:04"},
        {DROP, 30, 1799, "00:00:59;29"},
        {DROP, 30, 1800, "00:01:00;02"},
        {DROP, 30, 3597, "00:01:59;29"},
        {DROP, 30, 3598, "00:02:00;02"},
        {DROP, 30, 17981, "00:09:59;29"},
        {DROP, 30, 17982, "00:10:00;00"},
        {DROP, 30, 107892, "01:00:00;00"},
        {DROP, 60, 3600, "00:01:00;04"},
        {DROP, 60, 215784, "01:00:00;00"},
        {DROP, 25, 1500, "00:01:00:00"},
        {0, 30, 30 * 3600 * 25, "25:00:00:00"},
        {WRAP, 30, 30 * 3600 * 25, "01:00:00:00"},
        {0, 30, 30 * 3600 * 100, ""},
        {NEGATIVE, 30, (uint32_t)-31, "-00:00:01:01"},
        {NEGATIVE, 30, 31, "00:00:01:01"},
        {NEGATIVE | WRAP, 1, 0x80000000, "-03:14:08:00"},
        {WRAP, 255, UINT32_MAX, "22:36:49:00"},
        {COUNTER, 30, 5, ""},
        {0, 0, 5, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const timecode_entry t = {.flags = cases[i].flags, .fps = cases[i].fps};
        char text[16];
        timecode_text(text, &t, cases[i].sample);
        cr_assert_str_eq(text, cases[i].text, "%zu: %s", i, text);
    }
}
