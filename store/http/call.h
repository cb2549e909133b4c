/* What a call needs of its transport. Inside of the transport. */
#ifndef CZ_STORE_HTTP_CALL_H
#define CZ_STORE_HTTP_CALL_H

#include "store/http/engine.h"

/* With the defaults filled in. */
const transport_options *transport_options_of(const transport *t);
/* A number that nobody can foresee who need not. */
uint64_t transport_random(transport *t);
/* This process's; made on first use. Errors: NOMEM. */
int transport_engine(engine **out, transport *t, cz_error *err);

#endif
