/* How requests write bytes as text: percent-encoding, base64, and the HMAC that signs them.
 *
 * Pure; thread-safe. */
#ifndef CZ_STORE_TEXT_ENCODE_H
#define CZ_STORE_TEXT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Percent-encode all but A-Z a-z 0-9 - . _ ~ (RFC 3986, unreserved) and, with keep_slash, '/': what
 * S3, Azure and the RFC agree about. */
void uri_encode(buf *out, const char *text, bool keep_slash);
/* The opposite, in place; false when a '%' isn't followed by two hex digits or stands for a NUL. */
bool uri_decode(char *text);

/* Name and value of a header or of a query, neither of them encoded. */
typedef struct http_pair {
    const char *name, *value;
} http_pair;

/* "a=1&b=%2F": encoded and sorted by encoded name, as signatures want it; a value is never left out
 * with its '='. Sorts `pair` itself. */
void query_text(buf *out, http_pair *pair, size_t n);

void base64_encode(buf *out, const void *p, size_t n);
/* Appends what text stands for; false, and nothing appended, when it isn't base64 with its padding.
 */
bool base64_decode(buf *out, const char *text);
/* base64 of the bytes that lower-case hex stands for: a digest as Content-MD5 has it. */
void base64_of_hex(buf *out, const char *hex);

enum { HMAC_LEN = 32 };
/* HMAC-SHA-256 (RFC 2104). Errors: IO (libcrypto failed). */
int hmac_sha256(uint8_t out[HMAC_LEN], const void *key, size_t key_len, const void *data,
                size_t len, cz_error *err);

/* Overwrite, in a way that no compiler drops, and free. NULL-safe. */
void free_secret(char *text);
void buf_free_secret(buf *b);

/* A number of decimal digits and nothing else. False: it is not, or does not fit. */
bool parse_decimal(uint64_t *out, const char *text);

#endif
