/* What the files of the decoder share and nobody else needs. */
#ifndef CZ_PRORES_INTERNAL_H
#define CZ_PRORES_INTERNAL_H

#include "prores/prores.h"

/* prores_shape_of, and the region made explicit. */
int prores_resolve_shape(prores_shape *out, prores_region *ret_region, const prores_header *head,
                         const prores_options *opt, cz_error *err);

/* Fails with CZ_CORRUPT and the first damaged slice of a report. */
int prores_fail_damaged(const prores_report *report, cz_error *err);

#endif
