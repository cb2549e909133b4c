/* Shared by mov_open() (movie.c) and mov_recover() (recover.c). */
#ifndef CZ_MOV_MOVIE_H
#define CZ_MOV_MOVIE_H

#include "mov/mov.h"

enum { MOVIE_WARNINGS_MAX = 64 }; /* more are dropped */

enum { FRAMES_MAX = 1 << 26 }; /* 25 days of video: 768 MiB of offsets and sizes */

/* Add to m->warning. Errors: NOMEM. */
int movie_warn(mov_movie *m, cz_error *err, const char *fmt, ...) CZ_PRINTF(3, 4);

#endif
