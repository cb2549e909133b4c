/* analyse_frames FILE: the statistics of each frame of a file of ProRes frames, one after the
 * other, as JSON lines, then its scenes. For tests/e2e/test_statistics.py. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/frame_analysis.h"
#include "analyse/scenes.h"
#include "base/bytes.h"

enum { FRAMES_MAX = 100000 };

static void print_float(const char *name, float v)
{
    if (isnan(v))
        (void)printf("\"%s\":null,", name);
    else
        (void)printf("\"%s\":%.9g,", name, (double)v);
}

static void print_frame(const frame_statistics *s)
{
    (void)printf("{");
    print_float("luma_mean", s->luma_mean);
    print_float("luma_std", s->luma_std);
    print_float("cb_mean", s->cb_mean);
    print_float("cr_mean", s->cr_mean);
    print_float("sharpness", s->sharpness);
    print_float("difference", s->difference);
    print_float("shift_x", s->shift_x);
    print_float("shift_y", s->shift_y);
    print_float("zoom", s->zoom);
    (void)printf("\"luma_min\":%u,\"luma_max\":%u,\"luma_p05\":%u,\"luma_p50\":%u,\"luma_p95\":%u,"
                 "\"size\":%u,\"flags\":%u}\n",
                 s->luma_min, s->luma_max, s->luma_p05, s->luma_p50, s->luma_p95, s->size,
                 s->flags);
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    const long size = ftell(f);
    rewind(f);
    uint8_t *all = size > 0 ? malloc((size_t)size) : NULL;
    *len = all ? fread(all, 1, (size_t)size, f) : 0;
    (void)fclose(f);
    return all;
}

static int print_scenes(const frame_statistics *frames, uint64_t n, const dc_picture *p)
{
    scene *scenes = NULL;
    size_t count = 0;
    if (scenes_find(&scenes, &count, frames, n, p->width, p->height, NULL) < 0)
        return 1;
    for (size_t i = 0; i < count; i++)
        (void)printf("{\"scene\":%zu,\"first\":%llu,\"last\":%llu,\"representative\":%llu}\n", i,
                     (unsigned long long)scenes[i].first, (unsigned long long)scenes[i].last,
                     (unsigned long long)scenes[i].representative);
    free(scenes);
    return 0;
}

int main(int argc, char **argv)
{
    frame_view views[2] = {0};
    prores_decoder *dec = NULL;
    size_t len = 0;
    uint64_t n = 0;
    uint8_t *all = argc == 2 ? read_file(argv[1], &len) : NULL;
    frame_statistics *frames = calloc(FRAMES_MAX, sizeof *frames);
    int rc = !all || !frames || prores_decoder_new(&dec, 1, NULL) < 0;
    for (size_t at = 0; rc == 0 && n < FRAMES_MAX && len - at >= 8; n++) {
        const size_t size = rd32be(all + at) < len - at ? rd32be(all + at) : len - at;
        frame_view *now = &views[n % 2];
        rc = frame_view_make(now, &frames[n], dec, all + at, size, NULL) < 0;
        if (rc == 0 && n > 0)
            frame_view_compare(&frames[n], &views[(n + 1) % 2], now);
        print_frame(&frames[n]);
        at += size ? size : len - at;
    }
    rc = rc || print_scenes(frames, n, &views[0].picture);
    frame_view_free(&views[0]);
    frame_view_free(&views[1]);
    prores_decoder_free(&dec);
    free(frames);
    free(all);
    return rc;
}
