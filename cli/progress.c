#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "cli/units.h"
#include "cli/say.h"

static const double BAR_EVERY = 0.1, LINE_EVERY = 10; /* seconds */
enum { COLUMNS_USUAL = 80, COLUMNS_FOR_BAR = 50, BAR_LEAST = 10, BAR_MOST = 30 };

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_begin(progress *p, const char *what, bool quiet)
{
    const char *kind = getenv("TERM");
    const bool terminal = isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
    const double t = now();
    /* The bar is drawn at once, the first line only after LINE_EVERY seconds. */
    *p = (progress){
        .what = what, .quiet = quiet, .terminal = terminal, .begun = t, .shown = terminal ? 0 : t};
}

double progress_seconds(const progress *p)
{
    return now() - p->begun;
}

/* " 61 %  0:15 left  402.1 MB/s  9.3 GB of 15.2 GB  16012 frames": the most important
 * comes first, because a narrow terminal truncates the line. */
static void add_numbers(buf *to, const progress_state *s, double seconds)
{
    char text[UNITS_TEXT_MAX];
    if (s->waiting) {
        buf_printf(to, "waiting: %s", s->waiting);
        return;
    }
    if (s->note) {
        buf_printf(to, "%s", s->note);
        return;
    }
    const double speed = seconds > 0 ? (double)s->bytes_done / seconds : 0;
    if (s->bytes_total)
        buf_printf(to, "%3d %%  ", (int)(100 * (double)s->bytes_done / (double)s->bytes_total));
    /* The first seconds do not predict the rest. */
    if (speed > 0 && seconds > 1 && s->bytes_total > s->bytes_done) {
        duration_text(text, (int64_t)((double)(s->bytes_total - s->bytes_done) / speed * 1e9));
        buf_printf(to, "%s left  ", text);
    }
    size_text(text, (uint64_t)speed);
    buf_printf(to, "%s/s", text);
    size_text(text, s->bytes_done);
    buf_printf(to, "  %s", text);
    if (s->bytes_total) {
        size_text(text, s->bytes_total);
        buf_printf(to, " of %s", text);
    }
    if (s->frames_total)
        buf_printf(to, "  %" PRIu64 " frames", s->frames_done);
}

static size_t columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
                                                                       : COLUMNS_USUAL;
}

static void add_bar(buf *to, const progress_state *s, size_t width)
{
    const double part = (double)s->bytes_done / (double)s->bytes_total;
    const size_t full = part < 1 ? (size_t)(part * (double)width) : width;
    buf_printf(to, "[");
    for (size_t i = 0; i < width; i++)
        buf_printf(to, "%c", i < full ? '=' : ' ');
    buf_printf(to, "]  ");
}

/* Bytes of the first `most` characters of clean text. */
static size_t cut(const char *text, size_t most)
{
    size_t n = 0;
    while (text[n] && (most > 0 || ((unsigned char)text[n] & 0xc0) == 0x80)) {
        most -= ((unsigned char)text[n] & 0xc0) != 0x80;
        n++;
    }
    return n;
}

/* Name, bar and numbers in one line of the terminal; the bar takes the remaining width. */
static void draw(progress *p, const progress_state *s)
{
    const size_t room = columns() - 1; /* the last column would wrap */
    buf numbers = {0}, line = {0};
    add_numbers(&numbers, s, progress_seconds(p));
    add_clean(&line, p->what);
    buf_printf(&line, "  ");
    const char *text = buf_text(&numbers), *name = buf_text(&line);
    if (text && name && s->bytes_total && !s->waiting && room >= COLUMNS_FOR_BAR) {
        const size_t others = text_width(name) + text_width(text) + 4;
        const size_t left = room > others ? room - others : 0;
        add_bar(&line, s, left < BAR_LEAST ? BAR_LEAST : left > BAR_MOST ? BAR_MOST : left);
    }
    buf_printf(&line, "%s", text ? text : "");
    const char *all = buf_text(&line);
    if (all) {
        (void)fprintf(stderr, "\r%.*s\033[K", (int)cut(all, room), all);
        p->drawn = true;
    }
    buf_free(&numbers);
    buf_free(&line);
}

static void print_line(const progress *p, const progress_state *s)
{
    char date[TIMESTAMP_TEXT_MAX];
    buf numbers = {0};
    timestamp_format(date, (int64_t)time(NULL) * 1000000000);
    add_numbers(&numbers, s, progress_seconds(p));
    const char *text = buf_text(&numbers);
    if (text)
        say(stderr, "%s %s %s", date, p->what, text);
    buf_free(&numbers);
}

void progress_show(progress *p, const progress_state *s)
{
    const double t = now();
    if (p->quiet || t - p->shown < (p->terminal ? BAR_EVERY : LINE_EVERY))
        return;
    p->shown = t;
    if (p->terminal)
        draw(p, s);
    else
        print_line(p, s);
}

void progress_clear(progress *p)
{
    if (p->drawn)
        (void)fputs("\r\033[K", stderr);
    p->drawn = false;
}
