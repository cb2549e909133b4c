/* One store and one clip among threads that fetch frames, pictures, columns and times, and open and
 * close clips of their own: no data race, and every frame is the one that was requested. */
#include <camzarr.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "mov/write.h"

enum { THREADS = 4, ROUNDS = 30, BATCH = 12, FRAMES = 40, FRAME = 3000 };

static void check(int ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "tsan_reader: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

/* Frame i, all of it: a ProRes frame's header, and a byte that tells which frame it is. */
static void frame(uint8_t out[FRAME], size_t i)
{
    static const uint8_t head[] = {0, 20, 0,      0, 't', 'e', 's', 't', 0, 32,
                                   0, 32, 2 << 6, 4, 1,   1,   1,   0,   0, 0};
    memset(out, (int)i, FRAME);
    wr32be(out, FRAME);
    wr32be(out + 4, FOURCC('i', 'c', 'p', 'f'));
    memcpy(out + 8, head, sizeof head);
}

static void write_movie(const char *path)
{
    uint32_t size[FRAMES], ticks[FRAMES];
    buf movie = {0};
    const mov_write_params w = {.codec = FOURCC('a', 'p', 'c', 'n'),
                                .video = {.width = 32, .height = 32, .depth = 24},
                                .timescale = 30000};
    for (size_t i = 0; i < FRAMES; i++) {
        size[i] = FRAME;
        ticks[i] = 1001;
    }
    check(mov_write_header(&movie, &w, size, ticks, FRAMES, NULL) == CZ_OK, "movie header");
    for (size_t i = 0; i < FRAMES; i++)
        frame(buf_grow(&movie, FRAME), i);
    FILE *f = fopen(path, "wb");
    check(f && fwrite(movie.at, 1, movie.len, f) == movie.len && fclose(f) == 0, "movie");
    buf_free(&movie);
}

static void convert(const char *movie, const char *store)
{
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    cz_convert_defaults(&job);
    job.source = movie;
    job.store = store;
    job.name = "shared";
    job.frames_per_shard = 8;
    check(cz_convert(&job, &report, &err) == CZ_OK, err.message);
    cz_report_free(&report);
}

typedef struct shared {
    cz_store *store;
    cz_clip *clip;
} shared;

static void count(void *user, cz_request *req)
{
    check(req->rc == CZ_OK, "a frame");
    ++*(size_t *)user;
}

static void fetch(cz_clip *clip, unsigned *noise)
{
    uint8_t expected[FRAME];
    cz_request r[BATCH] = {{0}};
    size_t arrived = 0;
    for (size_t i = 0; i < BATCH; i++) {
        *noise = *noise * 1664525 + 1013904223;
        r[i].frame = (*noise >> 16) % FRAMES;
    }
    check(cz_frames_raw(clip, r, BATCH, count, &arrived, NULL) == CZ_OK, "frames");
    check(arrived == BATCH, "done() for each");
    for (size_t i = 0; i < BATCH; i++) {
        frame(expected, r[i].frame);
        check(r[i].size == FRAME && memcmp(r[i].data, expected, FRAME) == 0, "another frame");
    }
    cz_request_free(r, BATCH);
}

/* The frames have no valid slices, so all pictures are concealed ones. */
static void decode(cz_clip *clip)
{
    const cz_view view = {.layout = CZ_GRAY, .conceal = true, .threads = 3};
    cz_request r[BATCH] = {{0}};
    size_t arrived = 0;
    for (size_t i = 0; i < BATCH; i++)
        r[i].frame = i;
    check(cz_pictures(clip, &view, r, BATCH, count, &arrived, NULL) == CZ_OK, "pictures");
    check(arrived == BATCH, "done() for each picture");
    for (size_t i = 0; i < BATCH; i++)
        check(r[i].size == (size_t)32 * 32 && r[i].damaged > 0, "a concealed picture");
    cz_request_free(r, BATCH);
}

static void *work(void *arg)
{
    const shared *s = arg;
    unsigned noise = (unsigned)(uintptr_t)&noise; /* another one in each thread */
    for (unsigned i = 0; i < ROUNDS; i++) {
        cz_clip *own = NULL;
        int64_t time = 0;
        uint64_t at = 0;
        const void *values = NULL;
        check(cz_time(&time, s->clip, i, NULL) == CZ_OK, "time");
        check(cz_frame_at(&at, s->clip, time, NULL) == CZ_OK && at == i, "frame at a time");
        check(cz_column_read(&values, s->clip, (cz_column)(i % 7), NULL) == CZ_OK, "column");
        fetch(s->clip, &noise);
        decode(s->clip);
        uint8_t head[16];
        check(cz_source_read(head, s->clip, 0, sizeof head, NULL) == CZ_OK, "bytes of the MOV");
        check(memcmp(head + 4, "ftyp", 4) == 0, "other bytes of the MOV");
        check(cz_clip_open(&own, s->store, "shared", NULL) == CZ_OK, "another clip");
        fetch(own, &noise);
        cz_clip_close(&own);
    }
    return NULL;
}

int main(void)
{
    char folder[] = "/tmp/camzarr-tsan-XXXXXX", movie[64], store[64], command[96];
    pthread_t t[THREADS];
    shared s = {0};
    cz_error err = {0};
    check(mkdtemp(folder) != NULL, "mkdtemp");
    (void)snprintf(movie, sizeof movie, "%s/a.mov", folder);
    (void)snprintf(store, sizeof store, "%s/store", folder);
    write_movie(movie);
    convert(movie, store);
    check(cz_open(&s.store, store, NULL, &err) == CZ_OK, err.message);
    check(cz_clip_open(&s.clip, s.store, "shared", &err) == CZ_OK, err.message);
    for (size_t i = 0; i < THREADS; i++)
        check(pthread_create(&t[i], NULL, work, &s) == 0, "pthread_create");
    for (size_t i = 0; i < THREADS; i++)
        check(pthread_join(t[i], NULL) == 0, "pthread_join");
    cz_close(&s.store);
    cz_clip_close(&s.clip);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    check(system(command) == 0, "cleaning up");
    return 0;
}
