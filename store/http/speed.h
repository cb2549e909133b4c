/* Measures whether a transfer makes progress. Only bytes of bodies count, since a server can send
 * headers, trailers and interim responses for ever, byte by byte.
 *
 * Pure: the caller passes the time (ms of any monotonic clock). Not thread-safe. */
#ifndef CZ_STORE_HTTP_SPEED_H
#define CZ_STORE_HTTP_SPEED_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes/s. Sixteen connections at that speed share 1 KiB/s, about what a ship's link may provide.
 */
enum { SPEED_LEAST = 64 };

typedef struct speed {
    int64_t start;         /* ms: of the transfer */
    int64_t window_start;  /* ms: of the interval over which speed is measured */
    uint64_t window_bytes; /* transferred before the window started */
} speed;

/* A transfer starts. */
void speed_begin(speed *s, int64_t now);
/* The next phase of the transfer starts (the response's body), with `bytes` transferred so far:
 * start a new window. */
void speed_phase(speed *s, int64_t now, uint64_t bytes);
/* True if a window of length_ms has ended in which fewer than `least` bytes/s were transferred.
 * Starts the next window if one has ended. */
bool speed_too_slow(speed *s, int64_t now, uint64_t bytes, int64_t length_ms, uint64_t least);
/* True if the average since the start of the transfer is below `least` bytes/s. */
bool speed_idle(const speed *s, int64_t now, uint64_t bytes, uint64_t least);

#endif
