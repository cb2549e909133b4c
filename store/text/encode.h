/* Percent-encoding, base64, HMAC-SHA-256, and memory that held secrets.
 *
 * Thread-safe. A buf that runs out of memory is `bad` afterwards. */
#ifndef CZ_STORE_TEXT_ENCODE_H
#define CZ_STORE_TEXT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Append text, percent-encoding all but A-Z a-z 0-9 - . _ ~ (RFC 3986, unreserved) and, with
 * keep_slash, '/'; S3 and Azure require the same set. */
void uri_encode(buf *out, const char *text, bool keep_slash);
/* Percent-decode in place; false if a '%' is not followed by two hex digits or encodes a NUL. */
bool uri_decode(char *text);

/* Name and value of a header or a query parameter, not encoded. */
typedef struct http_pair {
    const char *name, *value;
} http_pair;

/* Append a query ("a=1&b=%2F"), encoded and sorted by encoded name, as signatures require; '=' is
 * written even before an empty value. Sorts `pair` in place. */
void query_text(buf *out, http_pair *pair, size_t n);

/* RFC 4648, with padding, without line breaks. */
void base64_encode(buf *out, const void *p, size_t n);
/* Append the bytes that text encodes; false, and nothing appended, if it is not padded base64 or
 * contains anything else, white space included. */
bool base64_decode(buf *out, const char *text);
/* Convert a digest in lower-case hex to base64, the format of Content-MD5. */
void base64_of_hex(buf *out, const char *hex);

enum { HMAC_LEN = 32 };
/* HMAC-SHA-256 (RFC 2104). Errors: IO (libcrypto failed). */
int hmac_sha256(uint8_t out[HMAC_LEN], const void *key, size_t key_len, const void *data,
                size_t len, cz_error *err);

/* Overwrite, in a way that no compiler optimises away, and free. NULL-safe. */
void free_secret(char *text);
void buf_free_secret(buf *b);

/* Parse decimal digits; false if text contains anything else, is empty, or does not fit. */
bool parse_decimal(uint64_t *out, const char *text);

#endif
