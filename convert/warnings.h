/* What a conversion has to say beyond success: strings that the report, the mark and the terminal show. */
#ifndef CZ_CONVERT_WARNINGS_H
#define CZ_CONVERT_WARNINGS_H

#include "convert/pass_result.h"

typedef struct warnings {
    char **text;
    size_t n;
} warnings;

/* Errors: NOMEM. */
int warnings_add(warnings *w, cz_error *err, const char *fmt, ...) CZ_PRINTF(3, 4);
/* What the movie's tables, or their absence, have to say. */
int warnings_of_movie(warnings *w, const mov_movie *m, cz_error *err);
/* One a kind of damage: how many frames, and the first of them. */
int warnings_of_frames(warnings *w, const plan *p, const pass_result *r, cz_error *err);
void warnings_free(warnings *w);

#endif
