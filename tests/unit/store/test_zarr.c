/* store/zarr/: the text of documents, invalid documents, and the bytes of chunks and indexes.
 * tests/e2e checks them against other Zarr libraries. */
#include "store/zarr/zarr.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

static void prints(cJSON *doc, const char *want)
{
    buf b = {0};
    cr_assert_eq(json_print(&b, doc, false, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), want);
    buf_free(&b);
    cJSON_Delete(doc);
}

static zarr_array column(void)
{
    zarr_array a = {.type = ZARR_I64,
                    .n_dims = 1,
                    .shape = {858},
                    .chunk = {858},
                    .dim = {"time"},
                    .codec = {{.kind = ZARR_BLOSC, .level = 5, .typesize = 8}},
                    .n_codecs = 1,
                    .attributes = cJSON_CreateObject()};
    json_add_text(a.attributes, "units", "nanoseconds since 1970-01-01");
    return a;
}

static const char column_text[] = "{\n"
                                  "  \"zarr_format\": 3,\n"
                                  "  \"node_type\": \"array\",\n"
                                  "  \"shape\": [858],\n"
                                  "  \"data_type\": \"int64\",\n"
                                  "  \"chunk_grid\": {\n"
                                  "    \"name\": \"regular\",\n"
                                  "    \"configuration\": {\n"
                                  "      \"chunk_shape\": [858]\n"
                                  "    }\n"
                                  "  },\n"
                                  "  \"chunk_key_encoding\": {\n"
                                  "    \"name\": \"default\",\n"
                                  "    \"configuration\": {\n"
                                  "      \"separator\": \"/\"\n"
                                  "    }\n"
                                  "  },\n"
                                  "  \"fill_value\": 0,\n"
                                  "  \"codecs\": [\n"
                                  "    {\n"
                                  "      \"name\": \"bytes\",\n"
                                  "      \"configuration\": {\n"
                                  "        \"endian\": \"little\"\n"
                                  "      }\n"
                                  "    },\n"
                                  "    {\n"
                                  "      \"name\": \"blosc\",\n"
                                  "      \"configuration\": {\n"
                                  "        \"typesize\": 8,\n"
                                  "        \"cname\": \"zstd\",\n"
                                  "        \"clevel\": 5,\n"
                                  "        \"shuffle\": \"shuffle\",\n"
                                  "        \"blocksize\": 0\n"
                                  "      }\n"
                                  "    }\n"
                                  "  ],\n"
                                  "  \"attributes\": {\n"
                                  "    \"units\": \"nanoseconds since 1970-01-01\"\n"
                                  "  },\n"
                                  "  \"dimension_names\": [\"time\"]\n"
                                  "}\n";

Test(zarr, an_array_document)
{
    zarr_array a = column();
    prints(zarr_array_doc(&a), column_text);
    cr_assert_null(a.attributes);
}

/* Only the codecs of a document, in one line. */
static void codecs_are(zarr_array *a, const char *want)
{
    a->attributes = cJSON_CreateObject();
    cJSON *doc = zarr_array_doc(a);
    buf b = {0};
    cr_assert_eq(json_print(&b, json_at(doc, "codecs"), true, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), want);
    buf_free(&b);
    cJSON_Delete(doc);
}

#define BYTES "{\"name\":\"bytes\",\"configuration\":{\"endian\":\"little\"}}"

Test(zarr, codecs_in_a_document)
{
    zarr_array a = {.type = ZARR_U8, .n_dims = 1, .shape = {1}, .chunk = {1}};
    codecs_are(&a, "[" BYTES "]\n");
    a.n_codecs = 2;
    a.codec[0] = (zarr_codec){.kind = ZARR_ZSTD, .level = 6};
    a.codec[1] = (zarr_codec){.kind = ZARR_CRC32C};
    codecs_are(&a,
               "[" BYTES ",{\"name\":\"zstd\",\"configuration\":{\"level\":6,\"checksum\":false}}"
               ",{\"name\":\"crc32c\"}]\n");
    a.n_codecs = 1;
    a.codec[0] = (zarr_codec){.kind = ZARR_ZSTD, .level = 3};
    codecs_are(&a, "[" BYTES
                   ",{\"name\":\"zstd\",\"configuration\":{\"level\":3,\"checksum\":false}}]\n");
    a.codec[0] = (zarr_codec){.kind = ZARR_BLOSC, .level = 9, .typesize = 1};
    codecs_are(&a, "[" BYTES ",{\"name\":\"blosc\",\"configuration\":{\"typesize\":1,\"cname\":"
                   "\"zstd\",\"clevel\":9,\"shuffle\":\"noshuffle\",\"blocksize\":0}}]\n");
}

static zarr_array video(void)
{
    zarr_array a = {.type = ZARR_U8,
                    .n_dims = 4,
                    .shape = {858, 1080, 1920, 3},
                    .chunk = {64, 1080, 1920, 3},
                    .dim = {"time", "y", "x", "channel"},
                    .sharded = true,
                    .inner = {1, 1080, 1920, 3},
                    .inner_codec = cJSON_CreateObject()};
    json_add_text(a.inner_codec, "name", "some.codec");
    return a;
}

Test(zarr, a_sharded_array_document)
{
    zarr_array a = video();
    codecs_are(&a, "[{\"name\":\"sharding_indexed\",\"configuration\":{"
                   "\"chunk_shape\":[1,1080,1920,3],\"codecs\":[{\"name\":\"some.codec\"}],"
                   "\"index_codecs\":[" BYTES ",{\"name\":\"crc32c\"}],"
                   "\"index_location\":\"end\"}}]\n");
    cr_assert_null(a.inner_codec);
}

Test(zarr, group_documents)
{
    cJSON *attributes = cJSON_CreateObject();
    json_add_text(attributes, "title", "x");
    prints(zarr_group_doc(attributes, NULL, 0), "{\n"
                                                "  \"zarr_format\": 3,\n"
                                                "  \"node_type\": \"group\",\n"
                                                "  \"attributes\": {\n"
                                                "    \"title\": \"x\"\n"
                                                "  }\n"
                                                "}\n");
    cJSON *a = cJSON_CreateObject(), *b = cJSON_CreateObject();
    json_add_u64(a, "of", 1);
    json_add_u64(b, "of", 2);
    const zarr_child child[] = {{"size", a}, {"time", b}};
    prints(zarr_group_doc(cJSON_CreateObject(), child, 2), "{\n"
                                                           "  \"zarr_format\": 3,\n"
                                                           "  \"node_type\": \"group\",\n"
                                                           "  \"attributes\": {},\n"
                                                           "  \"consolidated_metadata\": {\n"
                                                           "    \"kind\": \"inline\",\n"
                                                           "    \"must_understand\": false,\n"
                                                           "    \"metadata\": {\n"
                                                           "      \"size\": {\n"
                                                           "        \"of\": 1\n"
                                                           "      },\n"
                                                           "      \"time\": {\n"
                                                           "        \"of\": 2\n"
                                                           "      }\n"
                                                           "    }\n"
                                                           "  }\n"
                                                           "}\n");
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static void is_no_document(cJSON *doc)
{
    buf b = {0};
    cr_assert_eq(json_print(&b, doc, false, NULL), CZ_NOMEM);
    buf_free(&b);
    cJSON_Delete(doc);
}

Test(zarr, missing_parts_are_refused)
{
    zarr_array a = column();
    cJSON_Delete(a.attributes);
    a.attributes = NULL;
    is_no_document(zarr_array_doc(&a));
    a = video();
    a.attributes = cJSON_CreateObject();
    cJSON_Delete(a.inner_codec);
    a.inner_codec = NULL;
    is_no_document(zarr_array_doc(&a));
    is_no_document(zarr_group_doc(NULL, NULL, 0));
    const zarr_child child = {"time", NULL};
    is_no_document(zarr_group_doc(cJSON_CreateObject(), &child, 1));
}

#define ARRAY(shape) "{\"zarr_format\":3,\"node_type\":\"array\",\"shape\":" shape "}"

static int length_of(uint64_t *out, const char *text, cz_error *err)
{
    cJSON *doc = NULL;
    cr_assert_eq(json_parse(&doc, text, strlen(text), "it", err), CZ_OK, "%s: %s", text,
                 err->message);
    const int rc = zarr_array_length(out, doc, "some/key", err);
    cJSON_Delete(doc);
    return rc;
}

Test(zarr, length_of_an_array)
{
    uint64_t n = 0;
    zarr_array a = column();
    cJSON *doc = zarr_array_doc(&a);
    cr_assert_eq(zarr_array_length(&n, doc, "it", NULL), CZ_OK);
    cr_assert_eq(n, 858);
    cJSON_Delete(doc);
    cz_error err = {0};
    cr_assert_eq(length_of(&n, ARRAY("[0]"), &err), CZ_OK);
    cr_assert_eq(n, 0);
    cr_assert_eq(length_of(&n, ARRAY("[18446744073709551615]"), &err), CZ_OK);
    cr_assert_eq(n, UINT64_MAX);
}

Test(zarr, length_in_invalid_documents)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "3",
        "{\"zarr_format\":\"3\"}",
        "{\"zarr_format\":3}",
        "{\"zarr_format\":3,\"node_type\":\"array\"}",
        "{\"zarr_format\":3,\"node_type\":3,\"shape\":[4]}",
        "{\"zarr_format\":3,\"node_type\":\"group\",\"shape\":[4]}",
        ARRAY("7"),
        ARRAY("{}"),
        ARRAY("[]"),
        ARRAY("[4,4]"),
        ARRAY("[-4]"),
        ARRAY("[4.5]"),
        ARRAY("[\"4\"]"),
        ARRAY("[18446744073709551616]"),
    };
    cz_error err = {0};
    uint64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(length_of(&n, bad[i], &err), CZ_FORMAT, "%s: %s", bad[i], err.message);
        cr_assert_eq(strncmp(err.message, "some/key: ", 10), 0, "%s", err.message);
    }
    cr_assert_eq(length_of(&n, "{\"zarr_format\":2,\"shape\":[1]}", &err), CZ_UNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "format 2"), "%s", err.message);
}

enum { N = 20000 };

static const zarr_array kinds[] = {
    {.type = ZARR_I64},
    {.type = ZARR_I64, .n_codecs = 1, .codec = {{.kind = ZARR_CRC32C}}},
    {.type = ZARR_I64, .n_codecs = 1, .codec = {{.kind = ZARR_BLOSC, .level = 5, .typesize = 8}}},
    {.type = ZARR_U8, .n_codecs = 1, .codec = {{.kind = ZARR_BLOSC, .level = 0, .typesize = 1}}},
    {.type = ZARR_U8, .n_codecs = 1, .codec = {{.kind = ZARR_ZSTD, .level = 3}}},
    {.type = ZARR_U32,
     .n_codecs = 2,
     .codec = {{.kind = ZARR_BLOSC, .level = 9, .typesize = 4}, {.kind = ZARR_CRC32C}}},
    {.type = ZARR_U32,
     .n_codecs = 2,
     .codec = {{.kind = ZARR_ZSTD, .level = 1}, {.kind = ZARR_CRC32C}}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Even rows are times of frames, odd ones noise. */
static guard rows(size_t n, bool noise)
{
    guard g = guard_new(n);
    uint64_t v = 1;
    for (size_t i = 0; i < n; i++) {
        v = v * 6364136223846793005u + 1;
        g.at[i] = (uint8_t)(noise ? v >> 56 : 33366666 * (i / 8) >> 8 * (i % 8));
    }
    return g;
}

Test(zarr, chunks_round_trip)
{
    static const size_t lengths[] = {1, 8, 24, 1000, N};
    for (size_t k = 0; k < KINDS; k++)
        for (size_t l = 0; l < 2 * sizeof lengths / sizeof *lengths; l++) {
            guard data = rows(lengths[l / 2], l % 2), back = guard_new(data.len);
            buf b = {0}, again = {0};
            cz_error err = {0};
            buf_add(&b, "before", 6);
            cr_assert_eq(zarr_encode(&b, &kinds[k], data.at, data.len, &err), CZ_OK, "%s",
                         err.message);
            cr_assert_eq(zarr_encode(&again, &kinds[k], data.at, data.len, &err), CZ_OK);
            cr_assert_eq(memcmp(b.at, "before", 6), 0);
            cr_assert_eq(b.len - 6, again.len);
            cr_assert_eq(memcmp(b.at + 6, again.at, again.len), 0, "the same bytes each time");
            guard chunk = guard_copy(again.at, again.len);
            cr_assert_eq(zarr_decode(back.at, back.len, &kinds[k], chunk.at, chunk.len, "it", &err),
                         CZ_OK, "kind %zu, %zu bytes: %s", k, data.len, err.message);
            cr_assert_eq(memcmp(back.at, data.at, data.len), 0);
            guard_free(&data);
            guard_free(&back);
            guard_free(&chunk);
            buf_free(&b);
            buf_free(&again);
        }
}

Test(zarr, compressors_compress)
{
    guard data = rows(N, false);
    for (size_t k = 2; k < KINDS; k++) {
        buf b = {0};
        cr_assert_eq(zarr_encode(&b, &kinds[k], data.at, N, NULL), CZ_OK);
        if (kinds[k].codec[0].level > 0)
            cr_assert_lt(b.len, N);
        buf_free(&b);
    }
    guard_free(&data);
}

static void is_damaged(const zarr_array *a, const guard *chunk, size_t n)
{
    guard back = guard_new(n);
    cz_error err = {0};
    cr_assert_eq(zarr_decode(back.at, n, a, chunk->at, chunk->len, "some/key", &err), CZ_CORRUPT);
    cr_assert_eq(strncmp(err.message, "some/key: ", 10), 0, "%s", err.message);
    guard_free(&back);
}

Test(zarr, chunks_of_wrong_length_are_corrupt)
{
    guard data = rows(N, false);
    for (size_t k = 0; k < KINDS; k++) {
        buf b = {0};
        cr_assert_eq(zarr_encode(&b, &kinds[k], data.at, N, NULL), CZ_OK);
        guard whole = guard_copy(b.at, b.len);
        is_damaged(&kinds[k], &whole, N - 1);
        is_damaged(&kinds[k], &whole, N + 1);
        is_damaged(&kinds[k], &whole, 1);
        const size_t cuts[] = {0, 1, 3, 4, 15, 16, 17, b.len / 2, b.len - 1};
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
            guard cut = guard_copy(b.at, cuts[i]);
            is_damaged(&kinds[k], &cut, N);
            guard_free(&cut);
        }
        buf_add(&b, "x", 1);
        guard more = guard_copy(b.at, b.len);
        is_damaged(&kinds[k], &more, N);
        guard_free(&more);
        guard_free(&whole);
        buf_free(&b);
    }
    guard_free(&data);
}

/* Where there is a CRC-32C every flipped bit is found; elsewhere none may do harm. */
Test(zarr, flipped_bits)
{
    guard data = rows(2000, true), back = guard_new(2000);
    for (size_t k = 0; k < KINDS; k++) {
        const bool checked =
            kinds[k].n_codecs && kinds[k].codec[kinds[k].n_codecs - 1].kind == ZARR_CRC32C;
        buf b = {0};
        cr_assert_eq(zarr_encode(&b, &kinds[k], data.at, 2000, NULL), CZ_OK);
        guard chunk = guard_copy(b.at, b.len);
        for (size_t bit = 0; bit < 8 * chunk.len; bit += bit < 300 ? 1 : 37) {
            chunk.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
            const int rc = zarr_decode(back.at, 2000, &kinds[k], chunk.at, chunk.len, "it", NULL);
            cr_assert(rc == CZ_CORRUPT || (rc == CZ_OK && !checked), "kind %zu, bit %zu: %d", k,
                      bit, rc);
            chunk.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        guard_free(&chunk);
        buf_free(&b);
    }
    guard_free(&data);
    guard_free(&back);
}

Test(zarr, invalid_chunks_are_refused)
{
    const zarr_array bad[] = {
        {.n_codecs = 2, .codec = {{.kind = ZARR_CRC32C}, {.kind = ZARR_ZSTD, .level = 1}}},
        {.n_codecs = 2, .codec = {{.kind = ZARR_ZSTD, .level = 1}, {.kind = ZARR_ZSTD}}},
        {.n_codecs = 3},
        {.sharded = true},
    };
    uint8_t data[8] = {0};
    buf b = {0};
    cz_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(zarr_encode(&b, &bad[i], data, 8, &err), CZ_USAGE);
        cr_assert_eq(zarr_decode(data, 8, &bad[i], data, 8, "it", &err), CZ_USAGE);
        cr_assert_eq(strncmp(err.message, "it: ", 4), 0);
    }
    cr_assert_eq(zarr_encode(&b, &kinds[0], data, 0, &err), CZ_USAGE);
    cr_assert_eq(zarr_encode(&b, &kinds[0], data, (size_t)ZARR_CHUNK_MAX + 1, &err), CZ_USAGE);
    cr_assert_eq(zarr_decode(data, 0, &kinds[0], data, 0, "it", &err), CZ_USAGE);
    cr_assert_eq(b.len, 0);
    buf_free(&b);
}

Test(zarr, without_memory)
{
    uint8_t data[500] = {1};
    for (size_t k = 0; k < KINDS; k++) {
        buf b = {0};
        cz_error err = {0};
        alloc_fail_at(1);
        const int rc = zarr_encode(&b, &kinds[k], data, sizeof data, &err);
        const bool hit = alloc_fail_end();
        cr_assert(hit);
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_eq(err.code, CZ_NOMEM);
        cr_assert_eq(b.len, 0);
        buf_free(&b);
    }
}

Test(zarr, sizes_of_types)
{
    cr_assert_eq(zarr_type_size(ZARR_U8), 1);
    cr_assert_eq(zarr_type_size(ZARR_U32), 4);
    cr_assert_eq(zarr_type_size(ZARR_I64), 8);
    cr_assert_eq(zarr_type_size(ZARR_U64), 8);
}

Test(zarr, little_endian_on_any_machine)
{
    uint64_t v[] = {0x0807060504030201, 0x1817161514131211};
    uint32_t w[] = {0x04030201};
    uint8_t x[] = {1, 2, 3};
    zarr_little_endian(v, 2, 8);
    zarr_little_endian(w, 1, 4);
    zarr_little_endian(x, 3, 1);
    cr_assert_eq(rd64le((uint8_t *)v), 0x0807060504030201);
    cr_assert_eq(rd64le((uint8_t *)(v + 1)), 0x1817161514131211);
    cr_assert_eq(rd32le((uint8_t *)w), 0x04030201);
    cr_assert(x[0] == 1 && x[1] == 2 && x[2] == 3);
}

Test(shard_index, bytes_are_those_of_the_specification)
{
    const shard_span at[] = {{0x0102, 3}, {SHARD_ABSENT, SHARD_ABSENT}};
    uint8_t want[36] = {2, 1, 0, 0, 0, 0, 0, 0, 3};
    memset(want + 16, 0xff, 16);
    wr32le(want + 32, crc32c(0, want, 32));
    cr_assert_eq(shard_index_size(2), sizeof want);
    guard g = guard_new(sizeof want);
    shard_index_write(g.at, at, 2);
    cr_assert_arr_eq(g.at, want, sizeof want);
    guard_free(&g);
}

Test(shard_index, round_trip)
{
    const shard_span at[] = {{0, 10}, {10, 0}, {SHARD_ABSENT, SHARD_ABSENT}, {5, 95}, {100, 0}};
    enum { n = sizeof at / sizeof *at };
    shard_span back[n];
    guard g = guard_new(shard_index_size(n));
    shard_index_write(g.at, at, n);
    cr_assert_eq(shard_index_read(back, n, g.at, 100, "it", NULL), CZ_OK);
    for (size_t i = 0; i < n; i++)
        cr_assert(back[i].offset == at[i].offset && back[i].len == at[i].len);
    for (size_t bit = 0; bit < 8 * g.len; bit++) {
        g.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_eq(shard_index_read(back, n, g.at, 100, "it", NULL), CZ_CORRUPT);
        g.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    guard_free(&g);
}

Test(shard_index, spans_outside_the_shard_are_corrupt)
{
    const shard_span bad[] = {{0, 101},
                              {100, 1},
                              {101, 0},
                              {50, 51},
                              {UINT64_MAX, 1},
                              {1, UINT64_MAX},
                              {UINT64_MAX - 1, 2},
                              {SHARD_ABSENT, 0},
                              {0, SHARD_ABSENT}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t raw[20];
        shard_span back = {7, 7};
        cz_error err = {0};
        shard_index_write(raw, &bad[i], 1);
        cr_assert_eq(shard_index_read(&back, 1, raw, 100, "some/shard", &err), CZ_CORRUPT);
        cr_assert_eq(strncmp(err.message, "some/shard: ", 12), 0);
    }
}
