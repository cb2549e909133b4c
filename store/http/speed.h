/* Is a transfer making progress? Only bytes of bodies count: heads, trailers and interim responses
 * may be sent for ever by the byte.
 *
 * Pure: the time is handed in. Not thread-safe. */
#ifndef CZ_STORE_HTTP_SPEED_H
#define CZ_STORE_HTTP_SPEED_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes a second. Sixteen connections at that speed share 1 KiB, what a ship's line may give. */
enum { SPEED_LEAST = 64 };

typedef struct speed {
    int64_t began;  /* ms: the transfer */
    int64_t window; /* ms: the time over which its speed is taken */
    uint64_t had;   /* bytes at its beginning */
} speed;

/* A transfer begins. */
void speed_begin(speed *p, int64_t now);
/* Another phase of it begins, with so many bytes moved so far: the response's body arrives. Each
 * has a window to itself. */
void speed_phase(speed *p, int64_t now, uint64_t bytes);
/* Were fewer than `least` bytes a second moved over a window of length_ms? Begins the next window
 * where one is over. */
bool speed_too_slow(speed *p, int64_t now, uint64_t bytes, int64_t length_ms, uint64_t least);
/* Fewer than that over all of it? */
bool speed_idle(const speed *p, int64_t now, uint64_t bytes, uint64_t least);

#endif
