/* Detects attempts that make no progress. */
#include <stdio.h>

#include "store/http/attempt.h"

enum { WINDOW_STALLS = 2 }; /* length of the window in which speed is measured, in stall_ms */

/* The kernel's send buffer can hold minutes' worth of a slow link, so only bytes that the peer has
 * acknowledged count as progress. */
static void update_acknowledged(http_attempt *t, const sockets *open, int64_t now)
{
    curl_off_t sent = 0;
    if (t->body_len == 0)
        return;
    (void)curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    const size_t left = sockets_unacknowledged(open, t->redirects.socket);
    const uint64_t acknowledged = sent > (curl_off_t)left ? (uint64_t)sent - left : 0;
    if (acknowledged > t->acknowledged)
        atomic_store_explicit(&t->last_moved, now, memory_order_relaxed);
    t->acknowledged = acknowledged;
}

/* The minimum speed of a transfer, in bytes/s. */
static uint64_t least_speed(uint64_t rate)
{
    return rate > 0 && rate / 4 < SPEED_LEAST ? rate / 4 : SPEED_LEAST;
}

bool http_attempt_stalled(http_attempt *t, const attempt_options *o, const sockets *open,
                          unsigned stall_ms, int64_t now)
{
    const int64_t window = WINDOW_STALLS * (int64_t)stall_ms;
    const uint64_t least = least_speed(o->rate_limit);
    update_acknowledged(t, open, now);
    const uint64_t bytes = t->received + t->acknowledged;
    const bool slow = speed_too_slow(&t->speed, now, bytes, window, least);
    if (now - atomic_load(&t->last_moved) >= stall_ms)
        (void)snprintf(t->curl_error, sizeof t->curl_error, "no byte for %u ms", stall_ms);
    else if (slow && !t->request->allow_slow)
        (void)snprintf(t->curl_error, sizeof t->curl_error,
                       "less than %d bytes a second over %d ms", (int)least, (int)window);
    else if (now >= t->deadline && now - t->speed.start >= stall_ms &&
             speed_idle(&t->speed, now, bytes, least))
        (void)snprintf(t->curl_error, sizeof t->curl_error, "not done within %u ms",
                       t->deadline_ms);
    else
        return false;
    return true;
}
