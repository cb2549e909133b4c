#include "tests/unit/support/store_fixture.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

enum { FIRST_BYTES = 24, LAST_BYTES = 33, GAP_BYTES = 10, ATOM_HEAD = 8 };

/* ---- The clip ------------------------------------------------------------------------------- */

static bool has_bytes(size_t i)
{
    return i != 5 && (i < 8 || i > 11);
}

static void plan_sizes(store_fixture *f)
{
    for (size_t i = 0; i < FIXTURE_FRAMES; i++) {
        f->size[i] = has_bytes(i) ? (uint32_t)(40 + 7 * i) : 0;
        f->shard[i] = (uint32_t)(i / FIXTURE_PER_SHARD);
        f->time[i] = f->video_time[i] = FIXTURE_START + (int64_t)i * FIXTURE_STEP;
        f->flags[i] = has_bytes(i) ? 0 : CZ_FLAG_MISSING;
    }
    f->flags[14] = CZ_FLAG_TRUNCATED;
}

static void plan_axes(store_fixture *f)
{
    for (size_t i = 0; i < FIXTURE_HEIGHT; i++)
        f->y[i] = FIXTURE_HEIGHT - 1 - (int64_t)i;
    for (size_t i = 0; i < FIXTURE_WIDTH; i++)
        f->x[i] = (int64_t)i;
}

static void add_rest(store_fixture *f, size_t n)
{
    f->range_offset[f->n_ranges] = f->mov_len;
    f->range_length[f->n_ranges++] = n;
    memcpy(f->rel_key + f->rest_len, f->mov + f->mov_len, n);
    f->rest_len += n;
    f->mov_len += n;
}

/* The MOV is noise: the first bytes, the frames, a few bytes before every third one, the last. */
static void plan_mov(store_fixture *f)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < FIXTURE_MOV_MAX; i++) {
        noise = noise * 1664525 + 1013904223;
        f->mov[i] = (uint8_t)(noise >> 24);
    }
    add_rest(f, FIRST_BYTES);
    for (size_t i = 0; i < FIXTURE_FRAMES; i++) {
        if (i > 0 && i % 3 == 0 && f->size[i] > 0)
            add_rest(f, GAP_BYTES);
        f->source_offset[i] = f->mov_len;
        f->crc32c[i] = f->size[i] ? crc32c(0, f->mov + f->mov_len, f->size[i]) : 0;
        f->mov_len += f->size[i];
    }
    add_rest(f, LAST_BYTES);
}

static void plan_shard(store_fixture *f, size_t k)
{
    shard_span at[FIXTURE_PER_SHARD];
    uint8_t head[ATOM_HEAD], *p = NULL;
    buf *b = &f->at_shard[k];
    buf_printf(b, "movie header of shard %zu", k);
    for (size_t i = 0; i < FIXTURE_PER_SHARD; i++) {
        const size_t frame = k * FIXTURE_PER_SHARD + i;
        at[i] = (shard_span){SHARD_ABSENT, SHARD_ABSENT};
        if (frame >= FIXTURE_FRAMES || f->size[frame] == 0)
            continue;
        at[i] = (shard_span){b->len, f->size[frame]};
        f->shard_offset[frame] = b->len;
        buf_add(b, store_fixture_frame(f, frame), f->size[frame]);
    }
    wr32be(head, (uint32_t)(ATOM_HEAD + shard_index_size(FIXTURE_PER_SHARD)));
    wr32be(head + 4, 0x66726565); /* "free" */
    buf_add(b, head, sizeof head);
    p = buf_grow(b, shard_index_size(FIXTURE_PER_SHARD));
    cr_assert_not_null(p);
    shard_index_write(p, at, FIXTURE_PER_SHARD);
}

void store_fixture_make(store_fixture *f)
{
    digest *d = NULL;
    *f = (store_fixture){0};
    plan_sizes(f);
    plan_axes(f);
    plan_mov(f);
    for (size_t k = 0; k < FIXTURE_SHARDS; k++)
        if (k != 2)
            plan_shard(f, k);
    cr_assert_eq(digest_new(&d, DIGEST_MD5, NULL), CZ_OK);
    digest_update(d, f->mov, f->mov_len);
    cr_assert_eq(digest_final_hex(d, f->md5, NULL), CZ_OK);
    digest_free(&d);
}

void store_fixture_free(store_fixture *f)
{
    for (size_t k = 0; k < FIXTURE_SHARDS; k++)
        buf_free(&f->at_shard[k]);
}

const uint8_t *store_fixture_frame(const store_fixture *f, size_t i)
{
    return f->mov + f->source_offset[i];
}

/* ---- Its objects ---------------------------------------------------------------------------- */

/* A store that is being written, and what it was given so far. */
typedef struct writer {
    object_store *os;
    cJSON *objects; /* for the mark */
    buf lines;      /* for chunks.jsonl */
} writer;

static cJSON *entry(const char *rel_key, const void *data, size_t len)
{
    char hex[SHA256_HEX + 1];
    cr_assert_eq(sha256_hex(hex, data, len, NULL), CZ_OK);
    cJSON *o = cJSON_CreateObject();
    json_add_text(o, "key", rel_key);
    json_add_u64(o, "size", len);
    json_add_text(o, "sha256", hex);
    return o;
}

static void put(object_store *os, const char *rel_key, const void *data, size_t len)
{
    char key[KEY_MAX];
    cz_error err = {0};
    clip_key(key, FIXTURE_NAME, rel_key);
    cr_assert_eq(os_put(os, key, data, len, OS_OVERWRITE, &err), CZ_OK, "%s", err.message);
}

static void put_listed(writer *w, const char *rel_key, const void *data, size_t len)
{
    put(w->os, rel_key, data, len);
    json_add(w->objects, NULL, entry(rel_key, data, len));
}

/* A shard, or a chunk of source/bytes. */
static void put_chunk(writer *w, const char *rel_key, const void *data, size_t len)
{
    put(w->os, rel_key, data, len);
    cJSON *line = entry(rel_key, data, len);
    cr_assert_eq(json_print(&w->lines, line, true, NULL), CZ_OK);
    cJSON_Delete(line);
}

static void put_doc(writer *w, const char *rel_key, cJSON *doc)
{
    buf text = {0};
    cr_assert_eq(json_print(&text, doc, false, NULL), CZ_OK, "%s", rel_key);
    put_listed(w, rel_key, text.at, text.len);
    buf_free(&text);
    cJSON_Delete(doc);
}

/* Chunk and document, in the order of their keys. */
static void put_array(writer *w, const char *path, zarr_array *a, const void *data)
{
    char rel_key[REL_KEY_MAX];
    buf chunk = {0};
    const size_t len = (size_t)a->shape[0] * zarr_type_size(a->type);
    if (data && len > 0) {
        (void)snprintf(rel_key, sizeof rel_key, "%s/c/0", path);
        cr_assert_eq(zarr_encode(&chunk, a, data, len, NULL), CZ_OK, "%s", rel_key);
        put_listed(w, rel_key, chunk.at, chunk.len);
        buf_free(&chunk);
    }
    a->attributes = cJSON_CreateObject();
    (void)snprintf(rel_key, sizeof rel_key, "%s/zarr.json", path);
    put_doc(w, rel_key, zarr_array_doc(a));
}

static cJSON *group(const char *kind)
{
    cJSON *attributes = cJSON_CreateObject();
    json_add_text(attributes, "camzarr_format", "1.0");
    json_add_text(attributes, "camzarr_kind", kind);
    return zarr_group_doc(attributes, NULL, 0);
}

static cJSON *clip_group(cJSON *camzarr)
{
    cJSON *attributes = cJSON_CreateObject();
    json_add(attributes, "camzarr", camzarr);
    return zarr_group_doc(attributes, NULL, 0);
}

static void put_chunks(writer *w, const store_fixture *f)
{
    char rel_key[REL_KEY_MAX];
    zarr_array bytes_array;
    buf chunk = {0};
    for (uint64_t k = 0; k < FIXTURE_SHARDS; k++) {
        rel_key_shard(rel_key, ZARR_V3, k);
        if (f->at_shard[k].len)
            put_chunk(w, rel_key, f->at_shard[k].at, f->at_shard[k].len);
    }
    source_bytes_array(&bytes_array, ZARR_V3, f->rest_len);
    uint8_t *whole = calloc(1, SOURCE_CHUNK);
    cr_assert_not_null(whole);
    memcpy(whole, f->rel_key, f->rest_len);
    cr_assert_eq(zarr_encode(&chunk, &bytes_array, whole, SOURCE_CHUNK, NULL), CZ_OK);
    rel_key_source_chunk(rel_key, ZARR_V3, 0);
    put_chunk(w, rel_key, chunk.at, chunk.len);
    buf_free(&chunk);
    free(whole);
}

static void put_column(writer *w, int column, const void *data)
{
    char path[64];
    zarr_array a;
    (void)snprintf(path, sizeof path, "index/%s", cz_column_name((cz_column)column));
    column_array(&a, ZARR_V3, column, FIXTURE_FRAMES);
    put_array(w, path, &a, data);
}

/* In ascending order of key, as the mark has them. */
static void put_index(writer *w, const store_fixture *f)
{
    put_column(w, CZ_CRC32C, f->crc32c);
    int64_t flags[FIXTURE_FRAMES];
    for (size_t i = 0; i < FIXTURE_FRAMES; i++)
        flags[i] = f->flags[i];
    put_column(w, CZ_FLAGS, flags);
    put_column(w, CZ_SHARD, f->shard);
    put_column(w, CZ_SHARD_OFFSET, f->shard_offset);
    put_column(w, CZ_SIZE, f->size);
    put_column(w, CZ_SOURCE_OFFSET, f->source_offset);
    put_column(w, CZ_TIME, f->time);
    put_doc(w, "index/zarr.json", group("index"));
}

static void put_source(writer *w, const store_fixture *f)
{
    zarr_array a;
    put_listed(w, REL_KEY_CHUNK_LIST, w->lines.at, w->lines.len);
    buf_free(&w->lines);
    source_bytes_array(&a, ZARR_V3, f->rest_len);
    put_array(w, "source/bytes", &a, NULL);
    source_range_array(&a, ZARR_V3, f->n_ranges);
    put_array(w, "source/range_length", &a, f->range_length);
    source_range_array(&a, ZARR_V3, f->n_ranges);
    put_array(w, "source/range_offset", &a, f->range_offset);
    put_doc(w, "source/zarr.json", group("source"));
}

static void put_axis(writer *w, video_axis axis, const int64_t *values, uint64_t n)
{
    char path[64];
    zarr_array a;
    (void)snprintf(path, sizeof path, "video/%s", video_axis_name(axis));
    video_axis_array(&a, axis, n);
    put_array(w, path, &a, values);
}

static void put_video(writer *w, const store_fixture *f)
{
    zarr_array a;
    video_time_array(&a, FIXTURE_FRAMES);
    put_array(w, "video/time", &a, f->video_time);
    put_doc(w, "video/video/zarr.json", group("pixels")); /* not read here */
    put_axis(w, VIDEO_X, f->x, FIXTURE_WIDTH);
    put_axis(w, VIDEO_Y, f->y, FIXTURE_HEIGHT);
    put_doc(w, "video/zarr.json", group("video"));
}

/* ---- The mark ------------------------------------------------------------------------------- */

#define ZEROS_16 "0000000000000000"
#define ZEROS ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16

static cJSON *mark_of(const store_fixture *f, cJSON *objects)
{
    uint64_t damaged = 0, frame_bytes = 0;
    cJSON *o = cJSON_CreateObject(), *source = cJSON_CreateObject();
    for (size_t i = 0; i < FIXTURE_FRAMES; i++) {
        damaged += (f->flags[i] & CZ_FLAGS_DAMAGE) != 0;
        frame_bytes += f->size[i];
    }
    json_add_text(o, "format", "1.0");
    json_add_text(o, "kind", "clip");
    json_add_text(o, "name", FIXTURE_NAME);
    json_add_text(o, "fingerprint", ZEROS);
    json_add_u64(o, "frames", FIXTURE_FRAMES);
    json_add_u64(o, "width", FIXTURE_WIDTH);
    json_add_u64(o, "height", FIXTURE_HEIGHT);
    json_add_text(o, "codec", "apcn");
    json_add_text(o, "chroma", "4:2:2");
    json_add_u64(o, "alpha_bits", 0);
    json_add_text(o, "interlace", "top_field_first");
    json_add_u64(o, "matrix", 1);
    json_add_text(o, "frame_rate", "30000/1001");
    json_add_u64(o, "frames_per_shard", FIXTURE_PER_SHARD);
    json_add_i64(o, "start_ns", FIXTURE_START);
    json_add_i64(o, "end_ns", FIXTURE_START + FIXTURE_FRAMES * FIXTURE_STEP);
    json_add_text(o, "start_from", "header");
    json_add_bool(o, "recovered", false);
    json_add_u64(o, "damaged_frames", damaged);
    json_add_text(source, "name", FIXTURE_NAME ".mov");
    json_add_u64(source, "bytes", f->mov_len);
    json_add_text(source, "md5", f->md5);
    json_add_u64(source, "frame_bytes", frame_bytes);
    json_add(o, "source", source);
    json_add(o, "objects", objects);
    json_add_text(o, "digest", ZEROS);
    return o;
}

static void seal(uint8_t *text, size_t len)
{
    static const char member[] = "\"digest\": \"";
    char hex[SHA256_HEX + 1];
    uint8_t *at = memmem(text, len, member, sizeof member - 1);
    cr_assert_not_null(at);
    at += sizeof member - 1;
    memcpy(at, ZEROS, SHA256_HEX);
    cr_assert_eq(sha256_hex(hex, text, len, NULL), CZ_OK);
    memcpy(at, hex, SHA256_HEX);
}

static void put_commit_marker(object_store *os, cJSON *doc)
{
    buf text = {0};
    cr_assert_eq(json_print(&text, doc, false, NULL), CZ_OK);
    seal(text.at, text.len);
    put(os, MARK, text.at, text.len);
    buf_free(&text);
    cJSON_Delete(doc);
}

static void put_root(object_store *os, const char *key, const char *kind)
{
    buf text = {0};
    cJSON *doc = group(kind);
    cr_assert_eq(json_print(&text, doc, false, NULL), CZ_OK);
    cr_assert_eq(os_put(os, key, text.at, text.len, OS_OVERWRITE, NULL), CZ_OK);
    buf_free(&text);
    cJSON_Delete(doc);
}

void store_fixture_write(object_store *os, const store_fixture *f)
{
    writer w = {.os = os, .objects = cJSON_CreateArray()};
    put_root(os, "zarr.json", "store");
    put_root(os, "clips/zarr.json", "clips");
    put_chunks(&w, f);
    put_index(&w, f);
    put_source(&w, f);
    put_video(&w, f);
    put_commit_marker(os, clip_group(mark_of(f, w.objects)));
}

object_store *store_fixture_memory(const store_fixture *f)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    store_fixture_write(os, f);
    return os;
}

void store_fixture_folder(char path[TEMP_PATH], const store_fixture *f)
{
    object_store *os = NULL;
    temp_folder(path);
    cr_assert_eq(os_local(&os, path, false, NULL), CZ_OK);
    store_fixture_write(os, f);
    os_close(&os);
}

/* ---- Changing it ---------------------------------------------------------------------------- */

void store_fixture_edit(object_store *os, const char *key, const char *from, const char *to)
{
    size_t len = 0;
    buf text = {0};
    const uint8_t *old = os_memory_at(os, key, &len);
    cr_assert_not_null(old, "%s", key);
    const uint8_t *at = memmem(old, len, from, strlen(from));
    cr_assert_not_null(at, "%s: no %s", key, from);
    const size_t before = (size_t)(at - old);
    buf_add(&text, old, before);
    buf_add(&text, to, strlen(to));
    buf_add(&text, at + strlen(from), len - before - strlen(from));
    cr_assert_eq(os_put(os, key, text.at, text.len, OS_OVERWRITE, NULL), CZ_OK);
    buf_free(&text);
}

void store_fixture_seal(object_store *os)
{
    char key[KEY_MAX];
    size_t len = 0;
    clip_key(key, FIXTURE_NAME, MARK);
    uint8_t *text = os_memory_at(os, key, &len);
    cr_assert_not_null(text);
    seal(text, len);
}
