/* Taking away what a clip doesn't name. */
#ifndef CZ_CONVERT_SWEEP_H
#define CZ_CONVERT_SWEEP_H

#include "convert/pipeline.h"

/* Remove each object under clips/NAME/ that is neither published nor the mark nor begun.json: what an older clip of
 * that name or a killed converter left. Errors: NOMEM, and the store's. */
int sweep(publisher *to, const plan *p, const pass_result *r, cz_error *err);

/* Remove begun.json and unfinished files beside a clip that is whole. */
int sweep_leftovers(object_store *os, const char *clip, cz_error *err);

/* Remove objects by their keys, each with its NUL; one that is gone already is no error. */
int remove_keys(object_store *os, const buf *keys, cz_error *err);

#endif
