/* Warnings of a conversion, for the report, the commit marker and the terminal. */
#ifndef CZ_CONVERT_WARNINGS_H
#define CZ_CONVERT_WARNINGS_H

#include "convert/pass_result.h"

typedef struct warnings {
    char **text;
    size_t n;
} warnings;

/* Errors: NOMEM. */
int warnings_add(warnings *w, cz_error *err, const char *fmt, ...) CZ_PRINTF(3, 4);
/* Warnings about the movie's tables, or their absence. */
int warnings_of_movie(warnings *w, const mov_movie *m, cz_error *err);
/* One warning for each kind of damage: the number of frames, and the first. */
int warnings_of_frames(warnings *w, const plan *p, const pass_result *r, cz_error *err);
void warnings_free(warnings *w);

#endif
