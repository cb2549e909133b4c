/* The replies to each kind of target. Each fills a zero-initialised reply; on failure it may be
 * partly filled, and the caller replaces it by reply_error(). Thread-safe. */
#ifndef CZ_CLI_SERVE_REPLIES_H
#define CZ_CLI_SERVE_REPLIES_H

#include "cli/serve/reply.h"
#include "cli/serve/target.h"

/* A frame: TARGET_FRAME or TARGET_AT. `known` is the If-None-Match of the request, or NULL; if it
 * has the frame's ETag, the status is 304 and nothing is decoded. Errors: those of clips_acquire(),
 * clips_at() and cz_pictures(), USAGE (a view that the clip cannot give). */
int reply_frame(reply *r, site *s, const target *t, const char *known, cz_error *err);
/* beholder's POST /capture: JSON with videoUrl (its last segment names the clip),
 * elapsedTimeMillis and, optionally, imageType ("jpg" or "png"; also a media type). Errors: USAGE,
 * FORMAT, and those of reply_frame(). */
int reply_capture(reply *r, site *s, const void *body, size_t n, cz_error *err);

/* IIIF: the description of a frame, whose address is `base`; a picture of it, t->rest says which.
 * Errors: as reply_frame(); USAGE (not a region, size, ... of this picture). */
int reply_iiif_info(reply *r, site *s, const target *t, const char *base, cz_error *err);
int reply_iiif_image(reply *r, site *s, const target *t, const char *known, cz_error *err);

/* All clips, or one, as JSON. */
int reply_clips(reply *r, site *s, cz_error *err);
int reply_clip(reply *r, site *s, const char *name, cz_error *err);
/* lazycache's facts of a movie. url: the address of the request. */
int reply_lazycache(reply *r, site *s, const char *name, const char *url, cz_error *err);
/* A page of HTML with HOME_CLIPS clips, from number `first` on. */
enum { HOME_CLIPS = 60 };
int reply_home(reply *r, site *s, uint64_t first, cz_error *err);
/* Content-Security-Policy of the page. Errors: IO, NOMEM. */
int home_policy(buf *out, cz_error *err);
/* The description of the addresses in OpenAPI 3.1. */
int reply_openapi(reply *r, cz_error *err);

/* An object of the store, or the range of it that `range` (the header; NULL: none) asks for. An
 * unsatisfiable range is status 416. Errors: those of os_stat(). */
int reply_object(reply *r, site *s, const char *key, const char *range, cz_error *err);

#endif
