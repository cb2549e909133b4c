/* Frames of a clip as a movie of its own, by stream copy: QuickTime, or AVI for tools that want it. */
#ifndef CZ_CLI_FRAME_MOVIE_H
#define CZ_CLI_FRAME_MOVIE_H

#include <stdbool.h>

#include "cli/out_file.h"
#include "store/object_store.h"

/* Write the n frames to f. Each is shown until the next one that was picked is due; the last one for
 * its own time where it follows its neighbour, else for as long as the one before it. So a movie
 * of every 30th frame takes as long as the clip.
 * Errors: USAGE (frames that don't ascend), UNSUPPORTED (AVI: more than 2 GiB, or times that no
 * constant rate has), ABSENT (a frame without bytes), and what reading and writing say. */
int movie_write(out_file *f, bool avi, object_store *os, cz_clip *clip, const uint64_t *frame,
                size_t n, cz_error *err);

#endif
