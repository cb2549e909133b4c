/* Where a call finds its tries again when the engine is done with them. Inside of the transport. */
#ifndef CZ_STORE_HTTP_MAILBOX_H
#define CZ_STORE_HTTP_MAILBOX_H

#include "store/http/attempt.h"

/* Errors: NOMEM. */
int mailbox_open(mailbox **out, cz_error *err);
void mailbox_close(mailbox **m); /* NULL-safe; what is in it isn't freed */
void mailbox_put(mailbox *m, http_attempt *t);
/* The one that came first. Waits until now_ms() passes `until` (0: not at all; INT64_MAX: for
 * ever); then NULL. */
http_attempt *mailbox_take(mailbox *m, int64_t until);

#endif
