/* A MOV as it is, as a clip: its own tables are the index, and frames are read from where they lie.
 *
 * Nothing is kept but what a frame costs in the index; the movie's tables are gone when it is open.
 */
#ifndef CZ_READER_MOVIE_H
#define CZ_READER_MOVIE_H

#include "mov/write.h"
#include "format/layout.h"
#include "store/objects/object_store.h"

typedef struct clip_movie clip_movie;

/* The columns that a MOV's tables tell, by cz_column: the others stay NULL. */
typedef struct movie_columns {
    void *at[N_COLUMNS];
} movie_columns;

/* Open it and read its tables or, with opts->recover and where it has none, search it for frames.
 * The caller owns *out and what the columns have. Errors: as cz_movie_open(). */
int clip_movie_open(clip_movie **out, movie_columns *columns, const char *path,
                    const cz_options *opts, cz_error *err);
void clip_movie_close(clip_movie **m); /* NULL-safe */
const cz_facts *clip_movie_facts(const clip_movie *m);
/* How to write a movie of its frames: their sample description and timescale. */
mov_write_params clip_movie_writer(const clip_movie *m);
void movie_columns_free(movie_columns *columns);

/* Ranges of the MOV, as object_store_ops.get: the reads' keys aren't looked at. */
int clip_movie_get(clip_movie *m, os_read *reads, size_t n, void (*done)(os_read *r),
                   cz_error *err);
/* As object_store.range_cost. */
size_t clip_movie_range_cost(const clip_movie *m);

#endif
