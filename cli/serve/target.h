/* The target of a request, path and query, as one of the addresses that are served. Pure; safe for
 * untrusted input.
 *
 *     /[?from=N]                             the clips, as a page
 *     /openapi.json                          this list, for programs
 *     /v1/clips, /v1/clips/CLIP              facts, as JSON
 *     /v1/clips/CLIP/frames/N.FORM           frame N, from 0; FORM: png, jpg, tif, npy, icpf, mov
 *     /v1/at/TIME.FORM                       the frame that is shown at that time
 *     /store/KEY                             an object of the store
 *     /v1/org/.../CLIP.mov                   lazycache: facts
 *     /v1/org/.../CLIP.mov/frame/N[.FORM]    lazycache: frame N, from 1; png without FORM
 *     /iiif/3/CLIP@N[/info.json]             IIIF Image API 3.0: frame N
 *     /iiif/3/CLIP@N/REGION/SIZE/ROTATION/QUALITY.FORM
 *     /capture                               beholder: a POST names movie and time
 *
 * Frames take a query: scale=1/2, region=Y0:Y1,X0:X1, fields=top, format=gray16le, quality=90,
 * conceal=1, as the options of `camzarr frame`. */
#ifndef CZ_CLI_SERVE_TARGET_H
#define CZ_CLI_SERVE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/serve/frame_view.h"

enum { TARGET_MAX = 4096, TARGET_TEXT_MAX = 1025, TARGET_REST_MAX = 256 };

typedef enum target_kind {
    TARGET_HOME,
    TARGET_OPENAPI,
    TARGET_CLIPS,
    TARGET_CLIP,
    TARGET_FRAME,
    TARGET_AT,
    TARGET_OBJECT,
    TARGET_LAZYCACHE_MOVIE,
    TARGET_IIIF_BASE,
    TARGET_IIIF_INFO,
    TARGET_IIIF_IMAGE,
    TARGET_CAPTURE,
} target_kind;

typedef struct target {
    target_kind kind;
    char text[TARGET_TEXT_MAX]; /* name of the clip, or key of the object, decoded */
    uint64_t frame;             /* of TARGET_HOME: number of the first clip */
    int64_t time;
    char rest[TARGET_REST_MAX]; /* of TARGET_IIIF_IMAGE: what follows the identifier, decoded */
    frame_view view;
} target;

/* Errors: ABSENT (no such address), USAGE (an invalid number, time, or parameter; the message names
 * it). */
int target_parse(target *out, const char *raw, cz_error *err);

#endif
