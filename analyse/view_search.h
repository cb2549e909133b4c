/* Search among many scenes by their signatures, for those that may show a given view.
 *
 * A signature alone finds a view only where the camera looks as before. So the query's picture is
 * shifted and zoomed, in steps of a signature's cell or half of one, and the signature that each of
 * these variants would have is compared with those of the scenes. docs/analysis.md has the
 * arithmetic and how well it works.
 *
 * Pure. A query does not change, so that threads can share it. */
#ifndef CZ_ANALYSE_VIEW_SEARCH_H
#define CZ_ANALYSE_VIEW_SEARCH_H

#include "analyse/scenes.h"

/* A query: one set of variants. */
typedef struct view_query view_query;

/* Steps between the variants' shifts. */
typedef enum view_query_steps {
    VIEW_QUERY_CELLS, /* cells: for all scenes, least similarity SIMILAR_CELLS */
    VIEW_QUERY_HALVES /* halves of cells: for what those left, SIMILAR_HALVES */
} view_query_steps;

/* Scenes of the query's view have at least this similarity. */
#define SIMILAR_CELLS 0.45F
#define SIMILAR_HALVES 0.6F

/* Make the variants of a picture of columns x rows samples of luma, in consecutive rows. The caller
 * owns *out. Errors: USAGE (a picture without a sample), NOMEM. */
int view_query_new(view_query **out, const uint8_t *luma, uint32_t columns, uint32_t rows,
                   view_query_steps steps, cz_error *err);
void view_query_free(view_query **q); /* NULL-safe; sets *q to NULL */

/* How similar the view of a signature is to the most similar variant: a correlation, 0..1. 0 also
 * if either shows nothing. */
float view_similarity(const view_query *q, const uint8_t signature[SIGNATURE_BYTES]);

#endif
