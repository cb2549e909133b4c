/* Checksums: MD5, SHA-1 and SHA-256 by libcrypto, CRC-32C by crc32c.c.
 *
 * A digest object belongs to one thread at a time. */
#ifndef CZ_BASE_DIGEST_H
#define CZ_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4) of n bytes, continuing from crc (0 to begin). The
 * fastest implementation for the CPU is selected at run time. Thread-safe. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);
/* The implementations that this CPU supports, slowest first, for tests. Returns their number.
 */
enum { CRC32C_IMPLEMENTATIONS_MAX = 3 };
typedef uint32_t crc32c_fn(uint32_t crc, const void *p, size_t n);
size_t crc32c_implementations(crc32c_fn *ret_way[CRC32C_IMPLEMENTATIONS_MAX]);

enum { MD5_HEX = 32, SHA1_HEX = 40, SHA256_HEX = 64 };
typedef enum digest_kind { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA1 } digest_kind;
typedef struct digest digest;

/* Errors: NOMEM, UNSUPPORTED (libcrypto refuses MD5, as in FIPS mode). */
int digest_new(digest **out, digest_kind kind, cz_error *err);
void digest_update(digest *d, const void *p, size_t n);
/* Finish the digest: write it to hex in lower case with a NUL (MD5_HEX + 1 or SHA256_HEX + 1
 * bytes), and start a new one. Errors: IO (libcrypto failed at any step since the start). */
int digest_final_hex(digest *d, char *hex, cz_error *err);
void digest_free(digest **d);

/* SHA-256 of n bytes in one call. Errors: those of digest_new() and digest_final_hex(). */
int sha256_hex(char hex[SHA256_HEX + 1], const void *p, size_t n, cz_error *err);
/* The same of SHA-1: names of files in the cache of the AWS command. No security depends on it. */
int sha1_hex(char hex[SHA1_HEX + 1], const void *p, size_t n, cz_error *err);

#endif
