/* cz_convert() into a store that is already open. */
#ifndef CZ_CONVERT_CONVERT_H
#define CZ_CONVERT_CONVERT_H

#include "store/objects/object_store.h"

/* Convert into os, which stays the caller's, or into job->store if os is NULL. Otherwise as
 * cz_convert(). */
int convert_into(object_store *os, const cz_convert_job *job, cz_report *out, cz_error *err);

#endif
