/* JSON through cJSON, made safe: bytes from a store are hostile, and integers of 64 bits are exact.
 *
 * cJSON keeps numbers as doubles; integers are written as raw text and read from the text of the
 * number. Objects keep the order in which they were built, so that the same content is the same bytes. */
#ifndef CZ_STORE_JSON_H
#define CZ_STORE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum { JSON_DEPTH_MAX = 32, JSON_BYTES_MAX = 64 << 20 };

/* Parse n bytes of UTF-8; what names them in messages. The caller owns *out (cJSON_Delete). Integers beyond 2^53 keep their
 * digits: json_u64() and json_i64() give them exactly. Errors: FORMAT (with the byte at which it ends to be JSON, too deep,
 * too long, not UTF-8, NUL inside, trailing bytes, a key twice in one object), NOMEM. */
int json_parse(cJSON **out, const void *text, size_t n, const char *what, cz_error *err);

/* Members by dotted path ("attributes.camzarr.frames"). Errors: FORMAT (missing or of another kind), named by path and what. */
int json_u64(uint64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_i64(int64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_text(const char **out, const cJSON *at, const char *path, const char *what, cz_error *err);
/* NULL when it isn't there. */
const cJSON *json_at(const cJSON *at, const char *path);

/* Building; all NULL-safe, so that a chain is checked once at the end by json_print(). */
void json_add_u64(cJSON *to, const char *name, uint64_t v);
void json_add_i64(cJSON *to, const char *name, int64_t v);
void json_add_text(cJSON *to, const char *name, const char *text); /* NULL text: nothing is added */
void json_add_bool(cJSON *to, const char *name, bool v);
void json_add(cJSON *to, const char *name, cJSON *item);           /* moves item */

/* Text of a document: indented by two spaces a level and a newline at the end, or with `line` in one line. Short arrays of
 * numbers stay in one line. Errors: NOMEM. */
int json_print(buf *out, const cJSON *item, bool line, cz_error *err);

#endif
