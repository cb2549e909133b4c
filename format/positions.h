/* Where the camera is, by the attributes that the owner of a store gives (docs/format.md,
 * Positions): scalar coordinates for datasets that are made from a clip.
 *
 * Pure; thread-safe. */
#ifndef CZ_FORMAT_POSITIONS_H
#define CZ_FORMAT_POSITIONS_H

#include <stddef.h>

#include "store/json/json.h"

enum { POSITIONS_MAX = 3, POSITIONS_TEXT = 32 };

typedef struct position {
    const char *name; /* "lat", "lon", "depth" or "altitude" */
    double value;
    cJSON *attributes; /* by CF; out of memory: one that json_print() refuses */
} position;

typedef struct positions {
    position at[POSITIONS_MAX];
    size_t n;
    char names[POSITIONS_TEXT]; /* as CF's attribute `coordinates` has them: "lat lon depth" */
} positions;

/* The positions in the attributes of a dataset; none where they are missing, or are ranges. Free
 * with positions_free(). */
void positions_of(positions *out, const cJSON *attributes);
void positions_free(positions *p); /* repeatable */
/* Add `coordinates` to the attributes of a variable, if there are any. */
void positions_refer(const positions *p, cJSON *attributes);

#endif
