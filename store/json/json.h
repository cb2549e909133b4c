/* JSON through cJSON, made safe: bytes from a store are hostile, and integers of 64 bits are exact.
 *
 * cJSON by itself lets much pass that is no JSON, and keeps numbers as doubles. So the text is
 * checked before cJSON builds its tree, and an integer of more than JSON_DIGITS digits becomes a
 * cJSON_Raw item that holds them; json_add_u64() and json_add_i64() make the same items.
 * Objects keep the order in which they were built, so that the same content is the same bytes.
 * The locale of the process plays no part. Thread-safe, as far as the tree is one thread's. */
#ifndef CZ_STORE_JSON_JSON_H
#define CZ_STORE_JSON_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/json/limits.h"

/* Parse n bytes of UTF-8; what names them in messages. The caller owns *out (json_free).
 * Errors: FORMAT (with the byte where it ends to be JSON by RFC 8259; too deep, too long, not
 * UTF-8, a NUL in a string, trailing bytes, a key twice in one object, a number that is no double
 * or has more than 60 characters), NOMEM. */
int json_parse(cJSON **out, const void *text, size_t n, const char *what, cz_error *err);

/* Members by dotted path ("attributes.camzarr.frames"); "" is `at` itself. Errors: FORMAT (missing,
 * or of another kind, or out of range), named by path and what. A text lives as long as the tree.
 */
int json_u64(uint64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_i64(int64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_text(const char **out, const cJSON *at, const char *path, const char *what, cz_error *err);
/* NULL when it isn't there. */
const cJSON *json_at(const cJSON *at, const char *path);

/* Building. No call fails: where memory was short, the document is one that json_print() refuses,
 * however deep the item is that is missing. So only the end of a chain is checked. For this to
 * hold, items are made, added, copied and freed by these functions alone; tests/lint/test_json
 * holds it.
 *
 * Each result is the caller's until it is added: json_free(), never cJSON_Delete(). It is not NULL.
 */
cJSON *json_object(void);
cJSON *json_array(void);
cJSON *json_string(const char *text); /* of NULL, as a copy of NULL: what json_print() refuses */
cJSON *json_copy(const cJSON *item);
void json_free(cJSON *item); /* NULL-safe */
/* Is nothing missing in it? For code that reads a document it has built, without json_print(). */
bool json_is_whole(const cJSON *item);

/* name NULL: `to` is an array, and the item is appended. */
void json_add(cJSON *to, const char *name, cJSON *item); /* moves item; NULL is out of memory */
void json_add_u64(cJSON *to, const char *name, uint64_t v);
void json_add_i64(cJSON *to, const char *name, int64_t v);
void json_add_double(cJSON *to, const char *name, double v);
void json_add_text(cJSON *to, const char *name, const char *text); /* NULL is out of memory */
void json_add_optional_text(cJSON *to, const char *name, const char *text); /* NULL: adds nothing */
void json_add_bool(cJSON *to, const char *name, bool v);
void json_add_null(cJSON *to, const char *name);

/* Text of a document, appended: indented by two spaces a level (arrays without objects or arrays
 * inside stay in one line), or with `line` in one line without spaces. A newline ends it. Doubles
 * have as many digits as they need; NaN and the infinities are null. Bytes that aren't UTF-8 become
 * U+FFFD, so that it is JSON whatever a file's name is. Errors: NOMEM (now, or while it was built).
 */
int json_print(buf *out, const cJSON *item, bool line, cz_error *err);
/* As json_print(), indented, for a document that is stored: its text is parsed again and printed,
 * and must come out the same, so that what is put is what every reader will read. Errors: NOMEM;
 * FORMAT (a key twice, too deep: what json_parse() refuses); CORRUPT (it reads back as another). */
int json_print_stored(buf *out, const cJSON *item, cz_error *err);

#endif
