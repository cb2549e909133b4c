/* The error for a clip that isn't in the store: which clips are. */
#ifndef CZ_CLI_MISSING_CLIP_H
#define CZ_CLI_MISSING_CLIP_H

#include "base/error.h"

/* Call with the result of an operation on the clip. If the store has no complete clip of this name,
 * err becomes "NAME: no such clip (STORE)", with a hint that names clips next to it in the list, or
 * that the clip is incomplete. Otherwise err stays as it is. Lists the store only then. Returns rc
 * as it was given. */
int explain_missing_clip(int rc, cz_store *store, const char *name, cz_error *err);

/* cz_clip_open() with this error. */
int open_clip(cz_clip **out, cz_store *store, const char *name, cz_error *err);

#endif
