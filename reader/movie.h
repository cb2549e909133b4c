/* A MOV by itself as a clip: its own tables are the index, and frames are read from their places in
 * it.
 *
 * The memory in use is that of the index columns; the movie's tables are freed when it is open. */
#ifndef CZ_READER_MOVIE_H
#define CZ_READER_MOVIE_H

#include "mov/write.h"
#include "format/layout.h"
#include "store/objects/object_store.h"

typedef struct clip_movie clip_movie;

/* The columns that a MOV's tables give, by cz_column; the others are NULL. */
typedef struct movie_columns {
    void *at[N_COLUMNS];
} movie_columns;

/* Open the MOV and read its tables or, if it has none and opts->recover is set, search it for
 * frames. The caller owns *out and the columns. Errors: as cz_movie_open(). */
int clip_movie_open(clip_movie **out, movie_columns *columns, const char *path,
                    const cz_options *opts, cz_error *err);
void clip_movie_close(clip_movie **m); /* NULL-safe */
const cz_facts *clip_movie_facts(const clip_movie *m);
/* Parameters for a movie of its frames: sample description and timescale. */
mov_write_params clip_movie_writer(const clip_movie *m);
void movie_columns_free(movie_columns *columns);

/* Read ranges of the MOV, as object_store_ops.get; the keys of the reads are ignored. */
int clip_movie_get(clip_movie *m, os_read *reads, size_t n, void (*done)(os_read *r),
                   cz_error *err);
/* As object_store.range_cost. */
size_t clip_movie_range_cost(const clip_movie *m);

#endif
