/* A conversion into a store that is open already: what cz_convert() does once it has opened one. */
#ifndef CZ_CONVERT_CONVERT_H
#define CZ_CONVERT_CONVERT_H

#include "store/objects/object_store.h"

/* As cz_convert(); job->store is not asked for. os stays the caller's; NULL: job->store is
 * opened. */
int convert_into(object_store *os, const cz_convert_job *job, cz_report *out, cz_error *err);

#endif
