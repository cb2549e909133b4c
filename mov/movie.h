/* What the two ways to a movie share: by its tables (movie.c) and by its frames (recover.c). */
#ifndef CZ_MOV_MOVIE_H
#define CZ_MOV_MOVIE_H

#include "mov/mov.h"

enum { MOVIE_WARNINGS_MAX = 64 }; /* more say nothing new, and are passed over */

enum { FRAMES_MAX = 1 << 26 }; /* 25 days: 768 MiB of offsets and sizes */

/* Add to m->warning. Errors: NOMEM. */
int movie_warn(mov_movie *m, cz_error *err, const char *fmt, ...) CZ_PRINTF(3, 4);

#endif
