/* Clips that are open while their frames are served, and the times of all clips.
 *
 * At most CLIPS_OPEN_MAX clips stay open; the one that was used longest ago is closed. A clip that
 * was replaced in the store is opened anew by clips_forget(). Thread-safe. */
#ifndef CZ_CLI_SERVE_CLIPS_H
#define CZ_CLI_SERVE_CLIPS_H

#include <camzarr.h>
#include <stdint.h>

enum { CLIPS_OPEN_MAX = 32, CLIPS_IN_USE_MAX = 512 /* at once: more than server threads */ };

typedef struct clips clips;
typedef struct open_clip_entry open_clip_entry;

/* The store must outlive it. Errors: NOMEM. */
int clips_new(clips **out, cz_store *store, cz_error *err);
void clips_free(clips **c); /* NULL-safe; all clips have been released */

/* Open a clip, or find it open. It stays open until clips_release(). Errors: as open_clip(). */
int clips_acquire(open_clip_entry **out, clips *c, const char *name, cz_error *err);
cz_clip *clips_clip(const open_clip_entry *e);
void clips_release(clips *c, open_clip_entry **e); /* NULL-safe */
/* The clip was replaced or removed: the next clips_acquire() opens it anew. */
void clips_forget(clips *c, open_clip_entry *e);

/* Name of the clip that has a frame at this time; free() it. The store is listed again when no clip
 * of the last listing has one, at most once in CLIPS_LIST_SECONDS. Errors: ABSENT (with the clips
 * before and after it in the message), and those of cz_list(). */
enum { CLIPS_LIST_SECONDS = 10 };
int clips_at(char **out, clips *c, int64_t time, cz_error *err);

#endif
