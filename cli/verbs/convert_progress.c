#include "cli/verbs/convert_progress.h"

#include <stdio.h>
#include <string.h>

void convert_progress_begin(convert_progress *p, const manifest *rows, bool quiet)
{
    *p = (convert_progress){.n = manifest_count(rows)};
    for (size_t i = 0; i < p->n; i++) {
        const manifest_row *row = manifest_at(rows, i);
        if (row->size == MANIFEST_SIZE_UNKNOWN ||
            __builtin_add_overflow(p->total, row->size, &p->total))
            p->unknown++;
    }
    progress_begin(&p->bar, p->what, quiet);
}

static int percent_of(uint64_t part, uint64_t whole)
{
    return whole ? (int)(100 * ((double)part / (double)whole)) : 0;
}

/* Name the clip in front of the numbers and, if there are several, how many have ended. */
static void name_bar(convert_progress *p, const convert_slot *s)
{
    if (p->n == 1)
        (void)snprintf(p->what, sizeof p->what, "%s", s->clip);
    else
        (void)snprintf(p->what, sizeof p->what, "%zu/%zu  %s (%d %%) ", p->done, p->n, s->clip,
                       percent_of(s->bytes_done, s->bytes_total));
}

void convert_progress_start(convert_progress *p, unsigned slot, const char *clip,
                            const manifest_row *row)
{
    convert_slot *s = &p->slot[slot];
    *s = (convert_slot){.expected = row->size, .is_unknown = row->size == MANIFEST_SIZE_UNKNOWN};
    if (s->is_unknown)
        s->expected = 0;
    (void)snprintf(s->clip, sizeof s->clip, "%s", clip);
    name_bar(p, s);
}

/* Replace the expected size of a clip by its true one. */
static void set_expected(convert_progress *p, convert_slot *s, uint64_t bytes)
{
    if (s->is_unknown && p->unknown > 0)
        p->unknown--;
    s->is_unknown = false;
    p->total -= s->expected < p->total ? s->expected : p->total;
    p->total += bytes;
    s->expected = bytes;
}

void convert_progress_update(convert_progress *p, unsigned slot, const cz_progress *now,
                             const char *waiting)
{
    convert_slot *s = &p->slot[slot];
    progress_state all = {.waiting = waiting};
    if (now) {
        if (now->bytes_total && now->bytes_total != s->expected)
            set_expected(p, s, now->bytes_total);
        s->bytes_done = now->bytes_done;
        s->bytes_total = now->bytes_total;
        s->frames_done = now->frames_done;
        all.frames_total = now->frames_total;
    }
    name_bar(p, s);
    if (p->n == 1) {
        all.bytes_done = s->bytes_done;
        all.bytes_total = s->bytes_total;
        all.frames_done = s->frames_done;
    } else {
        all.bytes_done = p->bytes;
        all.bytes_total = p->unknown ? 0 : p->total;
        all.frames_done = p->frames;
        for (size_t i = 0; i < CONVERT_JOBS_MAX; i++) {
            all.bytes_done += p->slot[i].bytes_done;
            all.frames_done += p->slot[i].frames_done;
        }
        all.frames_total = all.frames_done;
    }
    progress_show(&p->bar, &all);
}

void convert_progress_stalled(convert_progress *p, double seconds)
{
    char text[64];
    (void)snprintf(text, sizeof text, "no progress for %.0f s", seconds);
    progress_show(&p->bar, &(progress_state){.waiting = text});
}

void convert_progress_end(convert_progress *p, unsigned slot, uint64_t bytes_read, uint64_t frames)
{
    convert_slot *s = &p->slot[slot];
    set_expected(p, s, bytes_read);
    p->bytes += bytes_read;
    p->frames += bytes_read ? frames : 0;
    p->done++;
    *s = (convert_slot){0};
}
