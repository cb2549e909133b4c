/* Declarations shared by the files of the decoder. */
#ifndef CZ_PRORES_INTERNAL_H
#define CZ_PRORES_INTERNAL_H

#include "prores/prores.h"

/* prores_shape_of(), also returning the effective region. */
int prores_resolve_shape(prores_shape *out, prores_region *ret_region, const prores_header *head,
                         const prores_options *opt, cz_error *err);

/* Bytes of a pixel of a packed layout; 0 for planes. */
unsigned prores_packed_bytes(prores_layout layout);

/* Fail with CZ_CORRUPT, naming the first damaged slice of a report. */
int prores_fail_damaged(const prores_report *report, cz_error *err);

#endif
