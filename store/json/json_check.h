/* Is this JSON? By RFC 8259, within the limits of json.h; and where its large integers are.
 *
 * Pure: bytes in, an answer out. Private to json*.c. */
#ifndef CZ_STORE_JSON_JSON_CHECK_H
#define CZ_STORE_JSON_JSON_CHECK_H

#include "base/buf.h"
#include "store/json/limits.h"

/* An integer of more than JSON_DIGITS digits. */
typedef struct json_integer {
    size_t number; /* how many numbers stand before it in the text */
    size_t at, len;
} json_integer;

/* NULL when n bytes of text are JSON; else what is wrong with the byte at *ret_at. The
 * json_integers are appended to large in the order of the text; large->bad must be looked at. */
const char *json_check(size_t *ret_at, buf *large, const uint8_t *text, size_t n);

/* Length of the UTF-8 character that begins there (RFC 3629: no surrogates, nothing overlong), 0
 * when none does. */
size_t json_utf8(const uint8_t *at, size_t left);

#endif
