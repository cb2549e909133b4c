/* Our decoder against FFmpeg's, sample by sample. */
#ifndef CZ_TESTS_PRORES_COMPARE_H
#define CZ_TESTS_PRORES_COMPARE_H

#include "tests/prores/image.h"
#include "tests/prores/peer.h"

/* A frame and what FFmpeg makes of it. */
typedef struct known_frame {
    char name[160]; /* to tell it by */
    guard bytes;
    prores_header head;
    AVFrame *native; /* 10 bit for 4:2:2, 12 bit for 4:4:4 */
    AVFrame *ten;    /* 4:4:4 at 10 bit, else NULL */
} known_frame;

/* Take a frame (copies its bytes, puts the name together as printf does). Ends the program where
 * the header can't be read, prores_check finds something, or FFmpeg refuses the frame. */
known_frame known_frame_new(const buf *bytes, const char *name, ...) CZ_PRINTF(2, 3);
void known_frame_free(known_frame *f);

/* Decode to every native layout that fits and compare. Ends the program with a line that names
 * frame, plane and place where a sample differs. Returns how many samples were compared. */
uint64_t compare_native(const known_frame *f, const decoding *how);

/* The same for n frames, one after the other on one thread and then shuffled by `seed` on the pool,
 * for every kind of code that this processor runs: always on the one decoder. */
uint64_t compare_all(known_frame *frames, size_t n, prores_decoder *dec,
                     const prores_executor *pool, uint64_t seed);

/* Say what is wrong and end the program. */
_Noreturn void fail(const char *fmt, ...) CZ_PRINTF(1, 2);

#endif
