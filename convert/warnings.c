#include "convert/warnings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int warnings_add(warnings *w, cz_error *err, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    const int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    char **more = n < 0 ? NULL : realloc(w->text, (w->n + 1) * sizeof *more);
    if (!more) {
        if (n >= 0)
            free(text);
        return cz_fail_memory(err, "warnings");
    }
    w->text = more;
    w->text[w->n++] = text;
    return CZ_OK;
}

int warnings_of_movie(warnings *w, const mov_movie *m, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < m->n_warnings; i++)
        rc = warnings_add(w, err, "%s", m->warning[i]);
    if (rc == CZ_OK && m->recovered)
        rc = warnings_add(w, err,
                          "no tables: %" PRIu64 " frames found by their own headers, %" PRIu64
                          " bytes between them belong to no frame",
                          m->n_frames, m->skipped);
    if (rc == CZ_OK && m->rate_assumed)
        rc = warnings_add(w, err, "frame rate unknown: 30000/1001 assumed");
    return rc;
}

int warnings_of_frames(warnings *w, const plan *p, const pass_result *r, cz_error *err)
{
    static const struct {
        int bit;
        const char *what;
    } kinds[] = {
        {CZ_FLAG_SIZE, "size differs from the movie's tables"},
        {CZ_FLAG_MAGIC, "not a ProRes frame"},
        {CZ_FLAG_HEADER, "invalid frame header"},
        {CZ_FLAG_TRUNCATED, "truncated by the end of the source"},
        {CZ_FLAG_MISSING, "beyond the end of the source"},
        {CZ_FLAG_VARIES, "other field order, aspect, rate, colour or alpha than the first"},
    };
    int rc = CZ_OK;
    for (size_t k = 0; rc == CZ_OK && k < sizeof kinds / sizeof *kinds; k++) {
        uint64_t n = 0, first = 0;
        for (uint64_t i = p->movie->n_frames; i-- > 0;) {
            if (r->flags[i] & kinds[k].bit) {
                n++;
                first = i;
            }
        }
        if (n > 0)
            rc = warnings_add(w, err, "%" PRIu64 " frame%s: %s (the first is frame %" PRIu64 ")", n,
                              n == 1 ? "" : "s", kinds[k].what, first);
    }
    return rc;
}

void warnings_free(warnings *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->text[i]);
    free(w->text);
    *w = (warnings){0};
}
