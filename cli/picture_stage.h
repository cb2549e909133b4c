/* Pictures of a clip, decoded, processed on several threads and delivered in order.
 *
 *     calling thread                 workers                      one of them at a time
 *     cz_pictures() into free  --->  process(), frames in  --->   deliver(), frames in order,
 *     slots of a ring                any order                    release(): the slot is free
 *
 * A slot has the memory of a picture and of its file, and is reused, so memory does not depend on
 * the number of frames: the pictures in flight take STAGE_BYTES, or two pictures per thread if that
 * is more, and at most STAGE_SLOTS of them exist. After the first error, in the order of the
 * frames, no further frame is delivered. */
#ifndef CZ_CLI_PICTURE_STAGE_H
#define CZ_CLI_PICTURE_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/out_file.h"

enum { STAGE_BYTES = 96 << 20, STAGE_SLOTS = 64 };

/* A picture in flight. */
typedef struct stage_item {
    uint64_t frame;
    const uint8_t *pixels;
    size_t bytes;
    buf file;     /* for process(): empty before, its memory is reused */
    out_file out; /* likewise; OUT_FILE_NONE before */
} stage_item;

typedef struct stage_ops {
    /* On any thread; worker < threads is the thread's number. NULL: nothing to do. */
    int (*process)(void *ctx, unsigned worker, stage_item *item, cz_error *err);
    /* One call at a time, in the order of the frames, on any thread. */
    int (*deliver)(void *ctx, stage_item *item, cz_error *err);
    /* For each item that process() was called with, delivered or not. err is the error of the item,
     * to which a failure may append. NULL: nothing to do. */
    void (*release)(void *ctx, stage_item *item, cz_error *err);
} stage_ops;

/* Pass n frames through the functions of ops. view->threads threads decode and as many call
 * process(); 0: one per processor. Returns the first error in the order of the frames; those before
 * it have been delivered. Errors: CANCELLED (interrupted by a signal, cli/signals.h), those of
 * process(), deliver() and cz_pictures(). */
int stage_run(cz_clip *clip, const cz_view *view, const uint64_t *frame, size_t n,
              const stage_ops *ops, void *ctx, cz_error *err);
/* The number of threads that call process(). */
unsigned stage_threads(const cz_view *view);

#endif
