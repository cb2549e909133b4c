/* mov_open() on valid and invalid movies, made by hand. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "mov/mov.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

/* What mov_open() says of these bytes, which it gets on guarded pages. */
static int open_bytes(mov_movie **out, const buf *b, cz_error *err)
{
    guard g = guard_copy(b->at, b->len);
    memory m = {.at = g.at, .len = g.len};
    const mov_input in = memory_input(&m);
    const int rc = mov_open(out, &in, err);
    guard_free(&g);
    cr_assert_eq(*out == NULL, rc < 0);
    return rc;
}

static mov_movie *open_tracks(const trak *t, size_t n)
{
    buf b = {0};
    cz_error err;
    mov_movie *m;
    put_movie(&b, t, n);
    cr_assert_eq(open_bytes(&m, &b, &err), CZ_OK, "%s", err.message);
    buf_free(&b);
    return m;
}

/* The movie must be refused, with a message that names the file and has this in it. */
static void expect_refusal(const buf *b, int code, const char *why)
{
    mov_movie *m;
    cz_error err = {0};
    cr_assert_eq(open_bytes(&m, b, &err), code, "%s: %s", why, err.message);
    cr_assert_eq(err.code, code);
    cr_assert(strstr(err.message, why), "%s is not in: %s", why, err.message);
    cr_assert_eq(strncmp(err.message, "test.mov: ", 10), 0, "%s", err.message);
    cr_assert_eq(open_bytes(&m, b, NULL), code);
}

static void expect_hint(const buf *b, const char *hint)
{
    mov_movie *m;
    cz_error err = {0};
    cr_assert_lt(open_bytes(&m, b, &err), 0);
    cr_assert(strstr(err.hint, hint), "%s is not in: %s", hint, err.hint);
}

static void expect_track_refused(const trak *t, int code, const char *why)
{
    buf b = {0};
    put_movie(&b, t, 1);
    expect_refusal(&b, code, why);
    buf_free(&b);
}

static void expect_warning(const mov_movie *m, const char *what)
{
    for (size_t i = 0; i < m->n_warnings; i++)
        if (strstr(m->warning[i], what))
            return;
    cr_assert(false, "no warning says %s", what);
}

Test(open, usual_movie)
{
    const trak t = usual_trak();
    mov_movie *m = open_tracks(&t, 1);
    static const uint64_t offset[] = {1000, 1100, 2000};
    static const uint32_t size[] = {100, 200, 300};
    cr_assert_eq(m->brand, FOURCC('q', 't', ' ', ' '));
    cr_assert(m->has_moov);
    cr_assert_not(m->recovered);
    cr_assert_eq(m->moov_offset, 4000);
    cr_assert_eq(m->moov_offset + m->moov_size, m->bytes);
    cr_assert_eq(m->created, 3614199300);
    cr_assert_eq(m->timescale, 600);
    cr_assert_eq(m->duration, 61);
    cr_assert_eq(m->n_tracks, 1);
    cr_assert_eq(m->video, 0);
    cr_assert_eq(m->track[0].kind, FOURCC('v', 'i', 'd', 'e'));
    cr_assert_eq(m->track[0].codec, FOURCC('a', 'p', 'c', 'n'));
    cr_assert(m->track[0].enabled);
    cr_assert_eq(m->track[0].timescale, 30000);
    cr_assert_eq(m->track[0].duration, 3003);
    cr_assert_eq(m->track[0].created, 3600000000);
    cr_assert_eq(m->track[0].n_samples, 3);
    cr_assert_eq(m->track[0].video.width, 1920);
    cr_assert_eq(m->n_frames, 3);
    cr_assert_eq(memcmp(m->offset, offset, sizeof offset), 0);
    cr_assert_eq(memcmp(m->size, size, sizeof size), 0);
    cr_assert_eq(mov_ticks(&m->times, 3), 3003);
    cr_assert_eq(m->n_warnings, 0);
    cr_assert_eq(m->n_tags, 0);
    mov_close(&m);
    cr_assert_null(m);
    mov_close(&m);
    mov_close(NULL);
}

Test(open, numbers_of_64_bits)
{
    static const uint64_t chunk[] = {5, UINT64_C(0x7fffffffffff0000)};
    trak t = usual_trak();
    t.version = 1;
    t.created = UINT64_C(5) << 32;
    t.duration = UINT64_C(7) << 32;
    t.chunk = chunk;
    t.wide = true;
    buf b = {0};
    size_t at = atom_begin(&b, "moov");
    put_mvhd(&b, 1, UINT64_C(9) << 32, 30000, UINT64_C(7) << 32);
    put_trak(&b, &t);
    atom_end(&b, at);
    put32(&b, 1); /* mdat with 64 bits, larger than the file */
    put_text(&b, "mdat");
    put64(&b, UINT64_C(1) << 40);
    mov_movie *m;
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_eq(m->created, UINT64_C(9) << 32);
    cr_assert_eq(m->duration, UINT64_C(7) << 32);
    cr_assert_eq(m->track[0].created, UINT64_C(5) << 32);
    cr_assert_eq(m->track[0].duration, UINT64_C(7) << 32);
    cr_assert_eq(m->track[0].id, 1);
    cr_assert_eq(m->offset[2], chunk[1]);
    expect_warning(m, "the file ends inside its mdat atom");
    mov_close(&m);
    buf_free(&b);
}

Test(open, created_as_the_track_was)
{
    const trak t = usual_trak();
    buf b = {0};
    const size_t at = atom_begin(&b, "moov");
    put_mvhd(&b, 0, 0, 600, 61);
    put_trak(&b, &t);
    atom_end(&b, at);
    put_zeros(&b, 100);
    mov_movie *m;
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_eq(m->created, 3600000000);
    cr_assert_eq(m->brand, 0);
    expect_warning(m, "100 bytes at the end are no atom");
    mov_close(&m);
    buf_free(&b);
}

Test(open, frames_of_one_size)
{
    static const uint32_t stsc[][3] = {{1, 4, 1}};
    trak t = usual_trak();
    t.uniform = 50;
    t.n_sizes = 8;
    t.size = NULL;
    t.stsc = stsc;
    t.n_stsc = 1;
    mov_movie *m = open_tracks(&t, 1);
    cr_assert_eq(m->n_frames, 8);
    cr_assert_eq(m->offset[3], 1150);
    cr_assert_eq(m->offset[4], 2000);
    cr_assert_eq(m->size[7], 50);
    mov_close(&m);
}

Test(open, last_chunk_that_stsc_makes_too_long)
{
    static const uint32_t stsc[][3] = {{1, 2, 1}};
    trak t = usual_trak();
    t.stsc = stsc;
    t.n_stsc = 1;
    mov_movie *m = open_tracks(&t, 1);
    cr_assert_eq(m->n_frames, 3);
    cr_assert_eq(m->offset[2], 2000);
    expect_warning(m, "stsc has 1 frames more");
    mov_close(&m);
}

Test(open, warnings_about_times)
{
    static const uint32_t less[][2] = {{1, 1001}}, more[][2] = {{9, 1001}};
    static const int64_t edit[][2] = {{10, 0}, {10, 1001}};
    trak t = usual_trak();
    t.stts = less;
    t.edit = edit;
    t.n_edits = 2;
    mov_movie *m = open_tracks(&t, 1);
    expect_warning(m, "the last 2 frames");
    expect_warning(m, "2 edits");
    mov_close(&m);
    t.stts = more;
    m = open_tracks(&t, 1);
    expect_warning(m, "6 frames more than there are");
    mov_close(&m);
}

/* The tables themselves; what the message must have in it. */
Test(open, contradictory_tables)
{
    static const uint32_t none[][3] = {{1, 0, 1}}, from_two[][3] = {{2, 2, 1}, {3, 1, 1}};
    static const uint32_t from_zero[][3] = {{0, 2, 1}, {2, 1, 1}},
                          down[][3] = {{1, 2, 1}, {1, 1, 1}};
    static const uint32_t beyond[][3] = {{1, 3, 1}, {9, 1, 1}},
                          undescribed[][3] = {{1, 2, 1}, {2, 1, 0}};
    static const uint32_t other[][3] = {{1, 2, 1}, {2, 1, 2}}, far[][3] = {{1, 2, 1}, {2, 1, 65}};
    static const uint32_t few[][3] = {{1, 1, 1}}, many[][3] = {{1, 9, 1}};
    static const struct {
        const uint32_t (*stsc)[3];
        uint32_t n;
        const char *why;
    } cases[] = {
        {none, 1, "no sample in a chunk"},  {from_two, 2, "stsc: entry 0"},
        {from_zero, 2, "stsc: entry 0"},    {down, 2, "stsc: entry 0"},
        {beyond, 2, "stsc: entry 0"},       {undescribed, 2, "sample description 0"},
        {other, 2, "sample description 2"}, {far, 2, "sample description 65"},
        {few, 1, "stsz has 3 samples"},     {many, 1, "stsz has 3 samples"},
        {none, 0, "stsz has 3 samples"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trak t = usual_trak();
        t.stsc = cases[i].stsc;
        t.n_stsc = cases[i].n;
        expect_track_refused(&t, CZ_FORMAT, cases[i].why);
    }
}

/* A hostile count must be refused before memory is asked for. */
Test(open, excessive_counts)
{
    static const char *const tables[] = {"stts", "stsc", "stco"};
    for (size_t i = 0; i < 3; i++) {
        trak t = usual_trak();
        buf b = {0};
        put_movie(&b, &t, 1);
        uint8_t *table = memmem(b.at, b.len, tables[i], 4);
        wr32be(table + 8, 0xffffffff);
        expect_refusal(&b, CZ_FORMAT, tables[i]);
        buf_free(&b);
    }
    static const uint32_t stsc[][3] = {{1, 0xffffffff, 1}};
    trak t = usual_trak();
    t.n_sizes = 0xffffffff;
    t.uniform = 1;
    t.size = NULL;
    t.stsc = stsc;
    t.n_stsc = t.n_chunks = 1;
    expect_track_refused(&t, CZ_FORMAT, "4294967295 frames in a file");
    t.uniform = 0;
    expect_track_refused(&t, CZ_FORMAT, "stsz");
}

Test(open, offsets_outside_the_file)
{
    static const uint64_t chunks[][2] = {
        {1000, UINT64_MAX}, {1000, UINT64_MAX - 299}, {1000, INT64_MAX}, {1000, INT64_MAX - 299}};
    for (size_t i = 0; i < 4; i++) {
        trak t = usual_trak();
        t.chunk = chunks[i];
        t.wide = true;
        expect_track_refused(&t, CZ_FORMAT, "frame 2");
    }
    static const uint64_t last[] = {1000, INT64_MAX - 300};
    trak t = usual_trak();
    t.chunk = last;
    t.wide = true;
    mov_movie *m = open_tracks(&t, 1); /* beyond the end of this file, but it might be cut */
    cr_assert_eq(m->offset[2], INT64_MAX - 300);
    mov_close(&m);
}

Test(open, frames_out_of_order)
{
    static const uint64_t chunks[][2] = {{2000, 1000}, {1000, 1299}, {1000, 1000}};
    for (size_t i = 0; i < 3; i++) {
        trak t = usual_trak();
        buf b = {0};
        mov_movie *m;
        cz_error err;
        t.chunk = chunks[i];
        put_movie(&b, &t, 1);
        expect_refusal(&b, CZ_UNSUPPORTED, "before frame 1 ends");
        cr_assert_lt(open_bytes(&m, &b, &err), 0);
        cr_assert(strstr(err.hint, "ffmpeg"));
        buf_free(&b);
    }
    static const uint64_t close[] = {1000, 1300};
    trak t = usual_trak();
    t.chunk = close;
    mov_movie *m = open_tracks(&t, 1);
    cr_assert_eq(m->offset[2], 1300);
    mov_close(&m);
}

Test(open, empty_frame)
{
    static const uint32_t size[] = {100, 0, 300};
    trak t = usual_trak();
    t.size = size;
    expect_track_refused(&t, CZ_UNSUPPORTED, "frame 1 has no bytes");
}

Test(open, no_frames)
{
    trak t = usual_trak();
    t.n_sizes = 0;
    expect_track_refused(&t, CZ_ABSENT, "no frame");
    buf b = {0};
    size_t at = atom_begin(&b, "moov");
    put_trak(&b, &t);
    put_atom(&b, "mvex", NULL, 0);
    atom_end(&b, at);
    expect_refusal(&b, CZ_UNSUPPORTED, "mvex");
    expect_hint(&b, "ffmpeg");
    b.len = 0;
    at = atom_begin(&b, "moov");
    put_mvhd(&b, 0, 1, 600, 1);
    atom_end(&b, at);
    expect_refusal(&b, CZ_ABSENT, "no track");
    buf_free(&b);
}

Test(open, which_track)
{
    trak t[4] = {usual_trak(), usual_trak(), usual_trak(), usual_trak()};
    for (uint32_t i = 0; i < 4; i++)
        t[i].id = i + 1;
    t[0].codec = "avc1";
    t[1].disabled = true;
    t[2].codec = "apch";
    mov_movie *m = open_tracks(t, 4);
    cr_assert_eq(m->video, 2);
    cr_assert_eq(m->track[2].codec, FOURCC('a', 'p', 'c', 'h'));
    cr_assert_eq(m->track[0].n_samples, 3);
    mov_close(&m);
    t[2].disabled = t[3].disabled = true;
    m = open_tracks(t, 4);
    cr_assert_eq(m->video, 1);
    mov_close(&m);
}

Test(open, no_prores)
{
    trak t = usual_trak();
    t.codec = "avc1";
    expect_track_refused(&t, CZ_UNSUPPORTED, "avc1 (H.264)");
    t.codec = "encv";
    expect_track_refused(&t, CZ_UNSUPPORTED, "encrypted");
    t.codec = "\x01zzz";
    expect_track_refused(&t, CZ_UNSUPPORTED, ".zzz (vide)");
    buf fields = {0};
    put_zeros(&fields, 20);
    t.kind = "soun";
    t.codec = "apcn";
    t.extensions = &fields;
    expect_track_refused(&t, CZ_UNSUPPORTED, "apcn (soun)");
    buf_free(&fields);
    t = usual_trak();
    t.codec = NULL;
    expect_track_refused(&t, CZ_FORMAT, "stsd");
    t = usual_trak();
    t.kind = NULL;
    t.codec = NULL;
    expect_track_refused(&t, CZ_FORMAT, "handler");
}

Test(open, several_sample_descriptions)
{
    static const uint32_t stsc[][3] = {{1, 2, 1}, {2, 1, 2}};
    trak t = usual_trak();
    t.second_codec = "apch";
    mov_movie *m = open_tracks(&t, 1); /* nothing uses the second one */
    mov_close(&m);
    t.stsc = stsc;
    expect_track_refused(&t, CZ_UNSUPPORTED, "several kinds");
    t.second_codec = "apcn";
    m = open_tracks(&t, 1);
    mov_close(&m);
}

Test(open, frames_in_another_file)
{
    trak t = usual_trak();
    t.url = "file:///Volumes/Media/other.mov";
    expect_track_refused(&t, CZ_UNSUPPORTED, "another file: other.mov");
}

Test(open, unsupported_movies)
{
    const trak t = usual_trak();
    buf b = {0};
    size_t at = atom_begin(&b, "moov");
    put_atom(&b, "cmov", NULL, 0);
    atom_end(&b, at);
    expect_refusal(&b, CZ_UNSUPPORTED, "cmov");
    expect_hint(&b, "ffmpeg");
    b.len = 0;
    at = atom_begin(&b, "moov");
    put_atom(&b, "rmra", NULL, 0);
    atom_end(&b, at);
    expect_refusal(&b, CZ_UNSUPPORTED, "rmra");
    expect_hint(&b, "files that it names");
    b.len = 0;
    put_movie(&b, &t, 1);
    put_atom(&b, "moof", NULL, 0);
    expect_refusal(&b, CZ_UNSUPPORTED, "moof");
    buf_free(&b);
}

/* ---- where moov is, and isn't ---- */

Test(open, no_moov)
{
    buf b = {0};
    mov_movie *m;
    cz_error err;
    cr_assert_eq(open_bytes(&m, &b, &err), CZ_FORMAT);
    cr_assert(strstr(err.message, "empty"));
    put_text(&b, "abc");
    expect_refusal(&b, CZ_ABSENT, "no moov");
    b.len = 0;
    put_zeros(&b, 8192);
    expect_refusal(&b, CZ_ABSENT, "no moov");
    b.len = 0;
    const size_t at = atom_begin(&b, "mdat"); /* in which the letters mean nothing */
    put_atom(&b, "moov", NULL, 0);
    atom_end(&b, at);
    expect_refusal(&b, CZ_ABSENT, "no moov");
    put_text(&b, "\x01\x02\x03\x04 and no atom");
    expect_refusal(&b, CZ_ABSENT, "no moov");
    buf_free(&b);
}

Test(open, moov_cut_short_anywhere)
{
    const trak t = usual_trak();
    buf b = {0};
    put_movie(&b, &t, 1);
    const size_t whole = b.len;
    for (b.len = 4008; b.len < whole; b.len++)
        expect_refusal(&b, CZ_ABSENT, "ends inside its moov");
    buf_free(&b);
}

Test(open, last_atom_without_a_size)
{
    const trak t = usual_trak();
    buf b = {0};
    put_movie(&b, &t, 1);
    wr32be(b.at + 4000, 0);
    mov_movie *m;
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_eq(m->moov_size, b.len - 4000);
    mov_close(&m);
    buf_free(&b);
}

Test(open, two_moov_atoms)
{
    trak t = usual_trak();
    buf b = {0};
    put_movie(&b, &t, 1);
    const size_t at = atom_begin(&b, "moov");
    t.codec = "avc1";
    put_trak(&b, &t);
    atom_end(&b, at);
    mov_movie *m;
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_eq(m->moov_offset, 4000);
    expect_warning(m, "2 moov atoms");
    mov_close(&m);
    buf_free(&b);
}

Test(open, too_many_atoms_and_tracks)
{
    buf b = {0};
    for (int i = 0; i < 65537; i++)
        put_atom(&b, "free", NULL, 0);
    expect_refusal(&b, CZ_FORMAT, "more than 65536 atoms");
    b.len = 0;
    const size_t at = atom_begin(&b, "moov");
    for (int i = 0; i < 257; i++)
        put_atom(&b, "trak", NULL, 0);
    atom_end(&b, at);
    expect_refusal(&b, CZ_FORMAT, "more than 256 tracks");
    buf_free(&b);
}

/* ---- other tracks ---- */

static trak sound_trak(const buf *fields)
{
    static const uint32_t stsc[][3] = {{1, 100, 1}, {2, 50, 1}};
    static const uint64_t chunk[] = {1300, 2300};
    trak t = usual_trak();
    t.kind = "soun";
    t.codec = "sowt";
    t.id = 2;
    t.uniform = 1;
    t.n_sizes = 150;
    t.size = NULL;
    t.stsc = stsc;
    t.chunk = chunk;
    t.extensions = fields;
    return t;
}

/* Two channels of 16 bits at 48 kHz. */
static buf sound_fields(void)
{
    buf b = {0};
    put_zeros(&b, 8);
    put16(&b, 2);
    put16(&b, 16);
    put32(&b, 0);
    put32(&b, 48000u << 16);
    return b;
}

Test(open, sound)
{
    buf fields = sound_fields();
    const trak t[] = {usual_trak(), sound_trak(&fields)};
    mov_movie *m = open_tracks(t, 2);
    cr_assert_eq(m->track[1].n_samples, 150);
    cr_assert_eq(m->track[1].audio.channels, 2);
    cr_assert_eq(m->track[1].audio.bytes_per_frame, 4);
    cr_assert_eq(m->track[1].n_chunks, 2);
    cr_assert_eq(m->track[1].chunk[0].offset, 1300);
    cr_assert_eq(m->track[1].chunk[0].size, 400);
    cr_assert_eq(m->track[1].chunk[1].offset, 2300);
    cr_assert_eq(m->track[1].chunk[1].size, 200);
    cr_assert_eq(m->n_warnings, 0);
    mov_close(&m);
    buf_free(&fields);
}

Test(open, sound_of_varying_size)
{
    static const uint32_t size[] = {10, 20, 30};
    buf fields = sound_fields();
    trak t[] = {usual_trak(), usual_trak()};
    t[1].kind = "soun";
    t[1].codec = "mp4a";
    t[1].size = size;
    t[1].extensions = &fields;
    mov_movie *m = open_tracks(t, 2);
    cr_assert_eq(m->track[1].n_chunks, 2);
    cr_assert_eq(m->track[1].chunk[0].size, 30);
    cr_assert_eq(m->track[1].chunk[1].size, 30);
    mov_close(&m);
    buf_free(&fields);
}

Test(open, sound_beyond_the_end)
{
    static const uint64_t chunk[] = {1300, 1 << 30};
    buf fields = sound_fields();
    trak t[] = {usual_trak(), sound_trak(&fields)};
    t[1].chunk = chunk;
    mov_movie *m = open_tracks(t, 2);
    cr_assert_eq(m->track[1].chunk[0].size, 400);
    cr_assert_eq(m->track[1].chunk[1].offset, m->bytes);
    cr_assert_eq(m->track[1].chunk[1].size, 0);
    expect_warning(m, "track 2: 1 chunks lie beyond the end");
    mov_close(&m);
    buf_free(&fields);
}

Test(open, invalid_sound_keeps_the_video)
{
    static const uint64_t chunk[] = {1300, UINT64_MAX};
    buf fields = sound_fields();
    trak t[] = {usual_trak(), sound_trak(&fields)};
    t[1].chunk = chunk;
    t[1].wide = true;
    mov_movie *m = open_tracks(t, 2);
    cr_assert_eq(m->n_frames, 3);
    cr_assert_eq(m->track[1].n_chunks, 0);
    expect_warning(m, "track 2 is left out");
    mov_close(&m);
    t[1] = sound_trak(&fields);
    t[1].n_sizes = 1000;
    m = open_tracks(t, 2);
    cr_assert_eq(m->track[1].n_chunks, 0);
    expect_warning(m, "track 2 is left out");
    mov_close(&m);
    buf_free(&fields);
}

/* A tmcd track whose only sample, frame 111694, is where the frames' first chunk begins. */
static void put_timecode_movie(buf *b)
{
    static const uint32_t stsc[][3] = {{1, 1, 1}}, size[] = {4};
    static const uint64_t chunk[] = {1000};
    buf fields = {0};
    put_zeros(&fields, 8);
    put32(&fields, 30000);
    put32(&fields, 1001);
    put8(&fields, 30);
    put8(&fields, 0);
    trak t[] = {usual_trak(), usual_trak()};
    t[1].kind = t[1].codec = "tmcd";
    t[1].size = size;
    t[1].n_sizes = t[1].n_stsc = t[1].n_chunks = 1;
    t[1].stsc = stsc;
    t[1].chunk = chunk;
    t[1].extensions = &fields;
    put_movie(b, t, 2);
    wr32be(b->at + 1000, 111694);
    buf_free(&fields);
}

Test(open, time_code)
{
    buf b = {0};
    mov_movie *m;
    put_timecode_movie(&b);
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_str_eq(m->track[1].timecode, "01:02:03:04");
    cr_assert_eq(m->track[1].n_chunks, 1);
    mov_close(&m);
    buf_free(&b);
}

Test(open, tags)
{
    const trak t = usual_trak();
    buf b = {0};
    const size_t moov = atom_begin(&b, "moov");
    put_trak(&b, &t);
    const size_t udta = atom_begin(&b, "udta");
    const size_t nam = atom_begin(&b, "\xa9nam");
    put16(&b, 5);
    put16(&b, 0);
    put_text(&b, "ASHES");
    atom_end(&b, nam);
    atom_end(&b, udta);
    atom_end(&b, moov);
    mov_movie *m;
    cr_assert_eq(open_bytes(&m, &b, NULL), CZ_OK);
    cr_assert_eq(m->n_tags, 1);
    cr_assert_str_eq(m->tag[0].key, "\xc2\xa9nam");
    cr_assert_str_eq(m->tag[0].text, "ASHES");
    mov_close(&m);
    buf_free(&b);
}

/* ---- what may fail beneath ---- */

Test(open, read_errors)
{
    buf b = {0};
    put_timecode_movie(&b);
    static const uint64_t places[] = {1, 1001, 4001, 4100};
    for (size_t i = 0; i < 4; i++) {
        memory file = memory_of(&b);
        file.fail_at = places[i];
        const mov_input in = memory_input(&file);
        mov_movie *m;
        cz_error err;
        cr_assert_eq(mov_open(&m, &in, &err), CZ_UNREACHABLE, "%zu", i);
        cr_assert_null(m);
        cr_assert(strstr(err.message, "network"));
    }
    buf_free(&b);
}

Test(open, few_reads)
{
    buf b = {0};
    put_timecode_movie(&b);
    memory file = memory_of(&b);
    const mov_input in = memory_input(&file);
    mov_movie *m;
    cr_assert_eq(mov_open(&m, &in, NULL), CZ_OK);
    cr_assert_eq(file.reads, 5); /* three heads of atoms, moov, a time code */
    mov_close(&m);
    buf_free(&b);
}

Test(open, without_memory)
{
    buf b = {0}, fields = sound_fields();
    trak t[] = {usual_trak(), sound_trak(&fields), sound_trak(&fields)};
    t[2].n_sizes = 1000; /* broken: for the warning */
    put_movie(&b, t, 3);
    memory file = memory_of(&b);
    const mov_input in = memory_input(&file);
    for (size_t n = 1;; n++) {
        mov_movie *m;
        cz_error err = {0};
        alloc_fail_at(n);
        const int rc = mov_open(&m, &in, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_gt(n, 8);
            mov_close(&m);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu", n);
        cr_assert_eq(err.code, CZ_NOMEM);
        cr_assert_null(m);
    }
    buf_free(&b);
    buf_free(&fields);
}

/* Any byte of moov turned over: a movie or an error, never a wrong access; frames in order and not
 * empty. */
Test(open, flipped_bytes)
{
    buf b = {0};
    put_timecode_movie(&b);
    for (size_t i = 4000; i < b.len; i++) {
        static const uint8_t flips[] = {0xff, 0x01, 0x80};
        for (size_t k = 0; k < sizeof flips; k++) {
            mov_movie *m;
            cz_error err = {0};
            b.at[i] ^= flips[k];
            const int rc = open_bytes(&m, &b, &err);
            b.at[i] ^= flips[k];
            cr_assert_eq(err.code, rc);
            for (uint64_t f = 0; m && f < m->n_frames; f++) {
                cr_assert_gt(m->size[f], 0);
                cr_assert(f == 0 || m->offset[f] >= m->offset[f - 1] + m->size[f - 1]);
                cr_assert_leq(mov_ticks(&m->times, f), mov_ticks(&m->times, f + 1));
            }
            mov_close(&m);
        }
    }
    buf_free(&b);
}
