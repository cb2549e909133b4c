/* Frames for the benchmark: from .icpf files, folders of them, or movies. */
#ifndef CZ_BENCH_DECODE_FRAMES_H
#define CZ_BENCH_DECODE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

typedef struct clip {
    uint8_t **frame; /* each followed by 64 zeros, as libavcodec demands */
    size_t *size;
    size_t count, bytes;
} clip;

/* Add what `path` holds; at most `most` frames in all. 0, or -1 after a message on stderr. */
int clip_add(clip *c, const char *path, size_t most);
void clip_free(clip *c);

#endif
