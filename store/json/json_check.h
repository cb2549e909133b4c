/* Validates JSON (RFC 8259, within limits.h), and finds its large integers. Pure; thread-safe.
 * Internal to json*.c. */
#ifndef CZ_STORE_JSON_JSON_CHECK_H
#define CZ_STORE_JSON_JSON_CHECK_H

#include "base/buf.h"
#include "store/json/limits.h"

/* An integer of more than JSON_DIGITS digits. */
typedef struct json_integer {
    size_t number; /* its index among all numbers of the text */
    size_t at, len;
} json_integer;

/* NULL if n bytes of text are JSON; else the reason, and *ret_at is the offset of the wrong byte.
 * Appends a json_integer for each large integer, in order; check large->bad. */
const char *json_check(size_t *ret_at, buf *large, const uint8_t *text, size_t n);

/* Length of the UTF-8 character at `at` (RFC 3629: no surrogates, no overlong forms); 0 if there is
 * none. */
size_t json_utf8(const uint8_t *at, size_t left);

#endif
