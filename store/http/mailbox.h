/* A queue through which the engine returns finished attempts to a call. Thread-safe. Internal to
 * the transport. */
#ifndef CZ_STORE_HTTP_MAILBOX_H
#define CZ_STORE_HTTP_MAILBOX_H

#include "store/http/attempt.h"

/* Errors: NOMEM. */
int mailbox_open(mailbox **out, cz_error *err);
void mailbox_close(mailbox **m); /* NULL-safe; does not free attempts in it */
void mailbox_put(mailbox *m, http_attempt *t);
/* Take the oldest attempt. Blocks until now_ms() passes `until` (0: does not block; INT64_MAX: no
 * limit); then NULL. */
http_attempt *mailbox_take(mailbox *m, int64_t until);

#endif
