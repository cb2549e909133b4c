#include "bench/decode/frames.h"

#include <dirent.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(clip *c, const uint8_t *data, size_t size)
{
    uint8_t **frame = realloc(c->frame, (c->count + 1) * sizeof *frame);
    if (frame)
        c->frame = frame;
    size_t *sizes = realloc(c->size, (c->count + 1) * sizeof *sizes);
    if (sizes)
        c->size = sizes;
    uint8_t *copy = calloc(1, size + 64);
    if (!frame || !sizes || !copy) {
        free(copy);
        return -1;
    }
    memcpy(copy, data, size);
    c->frame[c->count] = copy;
    c->size[c->count++] = size;
    c->bytes += size;
    return 0;
}

static int add_movie(clip *c, const char *path, size_t most)
{
    AVFormatContext *in = NULL;
    AVPacket *packet = av_packet_alloc();
    int rc = packet && avformat_open_input(&in, path, NULL, NULL) == 0 ? 0 : -1;
    while (rc == 0 && c->count < most && av_read_frame(in, packet) == 0) {
        const AVStream *s = in->streams[packet->stream_index];
        if (s->codecpar->codec_id == AV_CODEC_ID_PRORES)
            rc = add(c, packet->data, (size_t)packet->size);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&in);
    return rc;
}

static int add_file(clip *c, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0)
        data = malloc((size_t)size);
    const int ok = data && fread(data, 1, (size_t)size, f) == (size_t)size;
    const int rc = ok ? add(c, data, (size_t)size) : -1;
    free(data);
    if (f)
        (void)fclose(f);
    return rc;
}

static int is_icpf(const struct dirent *e)
{
    const size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".icpf") == 0;
}

static int add_folder(clip *c, const char *path, size_t most)
{
    struct dirent **list = NULL;
    const int n = scandir(path, &list, is_icpf, alphasort);
    int rc = n > 0 ? 0 : -1;
    for (int i = 0; i < n; i++) {
        char name[4096];
        (void)snprintf(name, sizeof name, "%s/%s", path, list[i]->d_name);
        if (rc == 0 && c->count < most)
            rc = add_file(c, name);
        free(list[i]);
    }
    free(list);
    return rc;
}

int clip_add(clip *c, const char *path, size_t most)
{
    const size_t n = strlen(path);
    DIR *folder = opendir(path);
    int rc;
    if (folder) {
        (void)closedir(folder);
        rc = add_folder(c, path, most);
    } else if (n > 5 && strcmp(path + n - 5, ".icpf") == 0) {
        rc = add_file(c, path);
    } else {
        rc = add_movie(c, path, most);
    }
    if (rc < 0)
        (void)fprintf(stderr, "bench-decode: %s: no frames\n", path);
    return rc;
}

void clip_free(clip *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->frame[i]);
    free(c->frame);
    free(c->size);
    *c = (clip){0};
}
