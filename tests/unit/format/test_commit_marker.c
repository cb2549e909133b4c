/* format/commit_marker_read.c: commit markers, valid, damaged and hostile. */
#include "format/commit_marker.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/store_fixture.h"

static const char key[] = "clips/" FIXTURE_NAME "/" MARK;

static object_store *tiny(void)
{
    store_fixture f;
    store_fixture_make(&f);
    object_store *os = store_fixture_memory(&f);
    store_fixture_free(&f);
    return os;
}

Test(commit_marker, describes_the_clip)
{
    object_store *os = tiny();
    commit_marker *m = NULL;
    cz_error err = {0};
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, FIXTURE_NAME, &err), CZ_OK, "%s", err.message);
    const cz_facts *f = &m->facts;
    cr_assert_str_eq(f->name, FIXTURE_NAME);
    cr_assert_eq(f->frames, FIXTURE_FRAMES);
    cr_assert_eq(f->width, 1920);
    cr_assert_eq(f->height, 1080);
    cr_assert_str_eq(f->codec, "apcn");
    cr_assert_eq(f->rate_num, 30000);
    cr_assert_eq(f->rate_den, 1001);
    cr_assert_eq(f->start, FIXTURE_START);
    cr_assert_eq(f->end, FIXTURE_START + FIXTURE_FRAMES * FIXTURE_STEP);
    cr_assert_str_eq(f->start_from, "header");
    cr_assert_str_eq(f->chroma, "4:2:2");
    cr_assert_eq(f->alpha_bits, 0);
    cr_assert_eq(f->matrix, 1);
    cr_assert_str_eq(f->interlace, "top_field_first");
    cr_assert_eq(f->frames_per_shard, FIXTURE_PER_SHARD);
    cr_assert_eq(f->damaged_frames, 6);
    cr_assert_not(f->recovered);
    cr_assert_str_eq(f->source_name, FIXTURE_NAME ".mov");
    cr_assert_eq(strlen(f->source_md5), 32);
    cr_assert_eq(strlen(m->fingerprint), 64);
    cr_assert_eq(commit_marker_shards(m), FIXTURE_SHARDS);
    cr_assert_eq(commit_marker_source_chunks(m), 1);
    cr_assert_eq(m->n_objects, 30);
    cr_assert_not_null(commit_marker_find(m, "index/size/c/0"));
    cr_assert_not_null(commit_marker_find(m, REL_KEY_CHUNK_LIST));
    cr_assert_null(commit_marker_find(m, "index/size/c/1"));
    commit_marker_free(&m);
    cr_assert_null(m);
    commit_marker_free(&m);
    os_close(&os);
}

Test(commit_marker, absent_clip_and_invalid_name)
{
    object_store *os = tiny();
    commit_marker *m = NULL;
    cz_error err;
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, "another", &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, "another"));
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, "../tiny", &err), CZ_USAGE);
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, "", &err), CZ_USAGE);
    cr_assert_null(m);
    os_close(&os);
}

/* Any bit. What can't be JSON any more, or not ours, is damage too. */
Test(commit_marker, each_flipped_bit_is_refused)
{
    object_store *os = tiny();
    size_t len = 0;
    uint8_t *text = os_memory_at(os, key, &len);
    for (size_t i = 0; i < len; i++) {
        commit_marker *m = NULL;
        const uint8_t bit = (uint8_t)(1U << (i % 8));
        text[i] ^= bit;
        const int rc = commit_marker_read(&m, os, ZARR_V3, FIXTURE_NAME, NULL);
        text[i] ^= bit;
        cr_assert(rc == CZ_CORRUPT || rc == CZ_FORMAT || rc == CZ_NEWER, "byte %zu: %d", i, rc);
        cr_assert_null(m);
    }
    os_close(&os);
}

Test(commit_marker, truncated_anywhere_is_refused)
{
    object_store *os = tiny();
    size_t len = 0;
    const uint8_t *text = os_memory_at(os, key, &len);
    for (size_t n = 0; n + 1 < len; n += n < len - 200 ? 13 : 1) {
        guard g = guard_copy(text, n);
        commit_marker *m = NULL;
        const int rc = commit_marker_parse(&m, ZARR_V3, g.at, g.len, FIXTURE_NAME, "mark", NULL);
        cr_assert(rc == CZ_CORRUPT || rc == CZ_FORMAT, "%zu bytes: %d", n, rc);
        guard_free(&g);
    }
    os_close(&os);
}

Test(commit_marker, digest_is_searched_within_the_text)
{
    static const char *const texts[] = {
        "", "\"digest\"", "\"digest\":", "\"digest\"", "\"digest\": \"", "\"digest\": \"00\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        guard g = guard_copy(texts[i], strlen(texts[i]));
        bool right = true;
        cr_assert_eq(commit_marker_check_digest(&right, g.at, g.len, NULL), CZ_OK);
        cr_assert_not(right);
        guard_free(&g);
    }
}

/* What it would be with one thing changed and the digest right: the code, and a word of the
 * message. */
static void expect(const char *from, const char *to, int code, const char *word)
{
    object_store *os = tiny();
    commit_marker *m = NULL;
    cz_error err = {0};
    store_fixture_edit(os, key, from, to);
    store_fixture_seal(os);
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, FIXTURE_NAME, &err), code, "%s -> %s: %d, %s",
                 from, to, err.code, err.message);
    cr_assert_not_null(strstr(err.message, word), "%s -> %s: %s", from, to, err.message);
    cr_assert_not_null(strstr(err.message, key), "%s", err.message);
    os_close(&os);
}

Test(commit_marker, versions)
{
    expect("\"format\": \"1.0\"", "\"format\": \"2.0\"", CZ_NEWER, "2.0");
    expect("\"format\": \"1.0\"", "\"format\": \"one\"", CZ_FORMAT, "one");
    object_store *os = tiny();
    commit_marker *m = NULL;
    store_fixture_edit(os, key, "\"format\": \"1.0\"", "\"format\": \"1.7\"");
    store_fixture_seal(os);
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, FIXTURE_NAME, NULL), CZ_OK,
                 "a newer minor version is read");
    commit_marker_free(&m);
    /* Before anything else is looked at, the digest included. */
    store_fixture_edit(os, key, "\"format\": \"1.7\"", "\"format\": \"9.0\"");
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, FIXTURE_NAME, NULL), CZ_NEWER);
    os_close(&os);
}

Test(commit_marker, invalid_members_are_refused)
{
    static const struct {
        const char *from, *to, *word;
    } no[] = {
        {"\"camzarr\"", "\"camera1\"", "camzarr"},
        {"\"kind\": \"clip\"", "\"kind\": \"index\"", "kind"},
        {"\"name\": \"tiny\"", "\"name\": \"other\"", "other"},
        {"\"fingerprint\": \"00", "\"fingerprint\": \"0G", "fingerprint"},
        {"\"fingerprint\": \"00", "\"fingerprint\": \"0", "fingerprint"},
        {"\"frames\": 15", "\"frames\": 0", "frames"},
        {"\"frames\": 15", "\"frames\": -1", "frames"},
        {"\"frames\": 15", "\"frames\": 18446744073709551615", "frames"},
        {"\"frames\": 15", "\"frames\": 1.5", "frames"},
        {"\"frames\": 15", "\"frames\": \"15\"", "frames"},
        {"\"width\": 1920", "\"width\": 0", "width"},
        {"\"width\": 1920", "\"width\": 65536", "width"},
        {"\"height\": 1080", "\"height\": 4294967297", "height"},
        {"\"codec\": \"apcn\"", "\"codec\": \"avc1\"", "codec"},
        {"\"chroma\": \"4:2:2\"", "\"chroma\": \"4:2:0\"", "chroma"},
        {"\"alpha_bits\": 0", "\"alpha_bits\": 17", "alpha_bits"},
        {"\"matrix\": 1", "\"matrix\": 256", "matrix"},
        {"\"interlace\": \"top", "\"interlace\": \"mid", "interlace"},
        {"30000/1001", "30000", "frame_rate"},
        {"30000/1001", "30000/0", "frame_rate"},
        {"30000/1001", "-1/1001", "frame_rate"},
        {"30000/1001", "30000/1001x", "frame_rate"},
        {"30000/1001", "99999999999/1", "frame_rate"},
        {"30000/1001", "4294967296/1", "frame_rate"},
        {"\"frames_per_shard\": 4", "\"frames_per_shard\": 0", "frames_per_shard"},
        {"\"frames_per_shard\": 4", "\"frames_per_shard\": 1025", "frames_per_shard"},
        {"\"start_ns\": ", "\"start_ns\": 9", "start"},
        {"\"start_ns\": ", "\"start_ns_\": ", "start_ns"},
        {"\"start_from\": \"header\"", "\"start_from\": \"guess\"", "start_from"},
        {"\"recovered\": false", "\"recovered\": 0", "recovered"},
        {"\"damaged_frames\": 6", "\"damaged_frames\": 16", "damaged_frames"},
        {"\"bytes\": ", "\"bytes\": 9999999999999999999", "bytes"},
        {"\"bytes\": ", "\"byte\": ", "bytes"},
        {"\"frame_bytes\": ", "\"frame_bytes\": 99", "frame_bytes"},
        {"\"md5\": \"", "\"md5\": \"0", "md5"},
        {"\"objects\": [", "\"objects\": [], \"others\": [", "objects"},
        {"\"objects\": [", "\"objects\": {}, \"others\": [", "objects"},
        {"\"source/bytes/chunks.jsonl\"", "\"/source/bytes/chunks.jsonl\"", "chunks.jsonl"},
        {"\"source/bytes/chunks.jsonl\"", "\"source/../chunks.jsonl\"", "chunks.jsonl"},
        {"\"source/bytes/chunks.jsonl\"", "\"z\"", "order"},
        {"\"sha256\": \"", "\"sha256\": \"x", "sha256"},
        {"\"size\": ", "\"size\": -", "size"},
    };
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        expect(no[i].from, no[i].to, CZ_FORMAT, no[i].word);
}

Test(commit_marker, draft_layout_is_refused)
{
    expect("\"index/crc32c/c/0\"", "\"chunks.jsonl\"", CZ_FORMAT, "before format 1.0 was final");
}

Test(commit_marker, too_long_key_is_refused)
{
    char to[KEY_MAX + 3];
    memset(to, 'a', sizeof to);
    to[0] = '"';
    to[sizeof to - 2] = '"';
    to[sizeof to - 1] = '\0';
    expect("\"source/bytes/chunks.jsonl\"", to, CZ_FORMAT, "aaaa");
}

Test(commit_marker, without_memory)
{
    object_store *os = tiny();
    size_t len = 0;
    const uint8_t *text = os_memory_at(os, key, &len);
    for (size_t n = 1;; n++) {
        commit_marker *m = NULL;
        alloc_fail_at(n);
        const int rc = commit_marker_parse(&m, ZARR_V3, text, len, FIXTURE_NAME, "mark", NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            commit_marker_free(&m);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu", n);
        cr_assert_null(m);
    }
    os_close(&os);
}
