/* reader/: data larger than its buffers. A frame larger than the buffer of objects, several chunks
 * of source/bytes, and a chunks.jsonl larger than its buffer. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/chunk_list.h"
#include "reader/reader.h"
#include "reader/object_buffer.h"
#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/temp_folder.h"

/* ---- chunks.jsonl --------------------------------------------------------------------------- */

enum { LINES = 5000 };
static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static int next_of(const void *text, size_t len, chunk_list_entry *out, chunk_list *l,
                   object_store *os)
{
    cr_assert_eq(os_put(os, "clips/a/source/bytes/chunks.jsonl", text, len, OS_OVERWRITE, NULL),
                 CZ_OK);
    cr_assert_eq(chunk_list_open(l, os, "a", len, NULL), CZ_OK);
    return chunk_list_next(l, out, NULL);
}

Test(chunk_list, lines_are_read_one_by_one)
{
    object_store *os = NULL;
    chunk_list l;
    chunk_list_entry line;
    buf text = {0};
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    for (uint64_t i = 0; i < LINES; i++)
        buf_printf(&text,
                   "{\"key\":\"video/%" PRIu64 "\",\"size\":%" PRIu64 ",\"sha256\":\"%s\"}\n", i,
                   UINT64_MAX - i, zeros);
    cr_assert_eq(next_of(text.at, text.len, &line, &l, os), 1);
    for (uint64_t i = 0; i < LINES; i++) {
        char rel_key[32];
        (void)snprintf(rel_key, sizeof rel_key, "video/%" PRIu64, i);
        cr_assert_str_eq(line.rel_key, rel_key);
        cr_assert_eq(line.size, UINT64_MAX - i);
        cr_assert_str_eq(line.sha256, zeros);
        cr_assert_eq(chunk_list_next(&l, &line, NULL), i + 1 < LINES);
    }
    cr_assert_eq(chunk_list_next(&l, &line, NULL), 0, "still at the end");
    chunk_list_close(&l);
    chunk_list_close(&l);
    chunk_list_close(NULL);
    buf_free(&text);
    os_close(&os);
}

Test(chunk_list, invalid_lines)
{
    static const char *const no[] = {"\n",
                                     "{}\n",
                                     "{\"key\":\"a\",\"size\":1}\n",
                                     "{\"key\":\"a\",\"size\":1,\"sha256\":\"0\"}\n",
                                     "{\"key\":\"a\",\"size\":1,\"sha256\":\"",
                                     "[]\n",
                                     "null\n"};
    object_store *os = NULL;
    chunk_list l;
    chunk_list_entry line;
    char *blank = malloc((size_t)2 * CHUNK_LINE_MAX);
    cr_assert_not_null(blank);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        cr_assert_eq(next_of(no[i], strlen(no[i]), &line, &l, os), CZ_FORMAT, "%s", no[i]);
        chunk_list_close(&l);
    }
    cr_assert_eq(next_of("", 0, &line, &l, os), 0, "none at all is fine");
    chunk_list_close(&l);
    memset(blank, ' ', (size_t)2 * CHUNK_LINE_MAX);
    blank[CHUNK_LINE_MAX] = '\n';
    cr_assert_eq(next_of(blank, (size_t)2 * CHUNK_LINE_MAX, &line, &l, os), CZ_FORMAT, "too long");
    chunk_list_close(&l);
    free(blank);
    os_close(&os);
}

/* ---- A clip --------------------------------------------------------------------------------- */

enum { FRAMES = 3, FRAME = 10 << 20, TAIL = 9 << 20 };
_Static_assert((int)FRAME > (int)OBJECT_BUFFER, "a frame that doesn't fit into the window");
_Static_assert((int)TAIL > 2 * (int)SOURCE_CHUNK, "more than two chunks of source/bytes");

typedef struct scene {
    movie_fixture movie;
    char folder[TEMP_PATH];
    cz_store *store;
    uint8_t *mov;
} scene;

static void begin(scene *s)
{
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    movie_fixture_make(&s->movie, FRAMES, FRAME, TAIL);
    temp_folder(s->folder);
    cz_convert_defaults(&job);
    job.source = s->movie.path;
    job.store = s->folder;
    job.name = "large";
    cr_assert_eq(cz_convert(&job, &report, &err), CZ_OK, "%s", err.message);
    cz_report_free(&report);
    cr_assert_eq(cz_open(&s->store, s->folder, NULL, &err), CZ_OK, "%s", err.message);
    s->mov = malloc(s->movie.bytes);
    FILE *f = fopen(s->movie.path, "rb");
    cr_assert(s->mov && f);
    cr_assert_eq(fread(s->mov, 1, s->movie.bytes, f), s->movie.bytes);
    cr_assert_eq(fclose(f), 0);
}

static void end(scene *s)
{
    cz_close(&s->store);
    free(s->mov);
    temp_folder_remove(s->folder);
    movie_fixture_remove(&s->movie);
}

typedef struct sink {
    const scene *s;
    size_t n;
} sink;

static int compare(void *user, const void *data, size_t n)
{
    sink *k = user;
    if (n > k->s->movie.bytes - k->n || memcmp(k->s->mov + k->n, data, n) != 0)
        return CZ_CORRUPT;
    k->n += n;
    return CZ_OK;
}

Test(large, restored_byte_for_byte)
{
    scene s;
    cz_clip *clip = NULL;
    cz_error err = {0};
    begin(&s);
    sink k = {&s, 0};
    cr_assert_eq(cz_clip_open(&clip, s.store, "large", NULL), CZ_OK);
    cr_assert_eq(cz_restore(clip, compare, &k, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(k.n, s.movie.bytes);
    cz_clip_close(&clip);
    end(&s);
}

typedef struct told {
    size_t n;
    int64_t frame;
    char key[KEY_MAX], what[512];
} told;

static void found(void *user, const cz_finding *f)
{
    told *t = user;
    t->n++;
    t->frame = f->frame;
    (void)snprintf(t->key, sizeof t->key, "%s", f->key);
    (void)snprintf(t->what, sizeof t->what, "%s", f->what);
}

static told verify(const scene *s, const char *source)
{
    told t = {.n = 0};
    uint64_t differences = 0;
    cz_error err = {0};
    const cz_verify_job job = {.source = source, .found = found, .user = &t};
    cr_assert_eq(cz_verify(&differences, s->store, "large", &job, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(differences, t.n);
    return t;
}

static void flip(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    cr_assert_not_null(f);
    cr_assert_eq(fseek(f, at, SEEK_SET), 0);
    const int was = fgetc(f);
    cr_assert_eq(fseek(f, at, SEEK_SET), 0);
    cr_assert_neq(fputc(was ^ 1, f), EOF);
    cr_assert_eq(fclose(f), 0);
}

Test(large, flipped_bits_around_every_buffer_border_are_found)
{
    static const long places[] = {OBJECT_BUFFER - 1, OBJECT_BUFFER, 2L * OBJECT_BUFFER - 1,
                                  2L * OBJECT_BUFFER, 3L * OBJECT_BUFFER};
    scene s;
    char shard[TEMP_PATH + 64];
    cz_clip *clip = NULL;
    const void *offset = NULL;
    begin(&s);
    (void)snprintf(shard, sizeof shard, "%s/clips/large/video/video/c/0/0/0/0", s.folder);
    cr_assert_eq(cz_clip_open(&clip, s.store, "large", NULL), CZ_OK);
    cr_assert_eq(cz_column_read(&offset, clip, CZ_SHARD_OFFSET, NULL), CZ_OK);
    const uint64_t first = *(const uint64_t *)offset;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        flip(shard, places[i]);
        const told t = verify(&s, NULL);
        cr_assert_eq(t.n, 1);
        cr_assert_eq(t.frame, (int64_t)(((uint64_t)places[i] - first) / FRAME), "%s", t.what);
        flip(shard, places[i]);
    }
    cz_clip_close(&clip);
    cr_assert_eq(verify(&s, NULL).n, 0);
    end(&s);
}

Test(large, compared_with_the_source_in_every_part)
{
    scene s;
    begin(&s);
    cr_assert_eq(verify(&s, s.movie.path).n, 0);
    const size_t rel_key = s.movie.first + (size_t)FRAMES * FRAME; /* where the tail begins */
    const struct {
        size_t at;
        int64_t frame;
        const char *key;
    } parts[] = {
        {0, -1, "clips/large/source/bytes/c/0"},
        {s.movie.first + FRAME - 1, 0, "clips/large/video/video/c/0/0/0/0"},
        {s.movie.first + FRAME, 1, "clips/large/video/video/c/0/0/0/0"},
        {rel_key, -1, "clips/large/source/bytes/c/0"},
        {rel_key + SOURCE_CHUNK, -1, "clips/large/source/bytes/c/1"},
        {s.movie.bytes - 1, -1, "clips/large/source/bytes/c/2"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char byte[32];
        (void)snprintf(byte, sizeof byte, "byte %zu ", parts[i].at);
        flip(s.movie.path, (long)parts[i].at);
        const told t = verify(&s, s.movie.path);
        cr_assert_eq(t.n, 1, "byte %zu", parts[i].at);
        cr_assert_eq(t.frame, parts[i].frame);
        cr_assert_str_eq(t.key, parts[i].key);
        cr_assert_not_null(strstr(t.what, byte), "%s", t.what);
        flip(s.movie.path, (long)parts[i].at);
    }
    end(&s);
}
