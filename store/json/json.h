/* JSON over cJSON, for untrusted input and with exact 64-bit integers.
 *
 * cJSON alone accepts text that is not JSON, and stores numbers as doubles. So the text is
 * validated before cJSON parses it, and an integer of more than JSON_DIGITS digits becomes a
 * cJSON_Raw item with those digits; json_add_u64() and json_add_i64() create the same items.
 * Objects keep their members in order, so that equal documents have equal bytes. Independent of the
 * locale. Thread-safe, but a tree may be used by one thread at a time. */
#ifndef CZ_STORE_JSON_JSON_H
#define CZ_STORE_JSON_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/json/limits.h"

/* Parse n bytes of UTF-8; `what` names them in messages. The caller owns *out (json_free).
 * Errors: FORMAT (not JSON by RFC 8259, with the offset of the first wrong byte; too deep, too
 * long, not UTF-8, a NUL in a string, trailing bytes, a duplicate key, a number beyond a double's
 * range or of more than 60 characters), NOMEM. */
int json_parse(cJSON **out, const void *text, size_t n, const char *what, cz_error *err);

/* Members by dotted path ("attributes.camzarr.frames"); "" is `at` itself. Errors: FORMAT (missing,
 * of another type, or out of range), with path and `what`. A text is owned by the tree. */
int json_u64(uint64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_i64(int64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err);
int json_text(const char **out, const cJSON *at, const char *path, const char *what, cz_error *err);
/* NULL if there is no such member. */
const cJSON *json_at(const cJSON *at, const char *path);

/* Building. No call fails: after an allocation failure, however deep, json_print() refuses the
 * document, so only its result must be checked. This requires that items are created, added, copied
 * and freed by these functions only; tests/lint/test_json checks that.
 *
 * The caller owns each result until it is added, and frees it with json_free(), never
 * cJSON_Delete(). It is never NULL. */
cJSON *json_object(void);
cJSON *json_array(void);
cJSON *json_string(const char *text); /* of NULL: json_print() refuses it, as a copy of NULL */
cJSON *json_copy(const cJSON *item);
void json_free(cJSON *item); /* NULL-safe */
/* True if no allocation failed while it was built. For code that reads a built document without
 * json_print(). */
bool json_is_whole(const cJSON *item);

/* name NULL: `to` is an array, and the item is appended. */
void json_add(cJSON *to, const char *name, cJSON *item); /* takes ownership; NULL: out of memory */
void json_add_u64(cJSON *to, const char *name, uint64_t v);
void json_add_i64(cJSON *to, const char *name, int64_t v);
void json_add_double(cJSON *to, const char *name, double v);
void json_add_text(cJSON *to, const char *name, const char *text); /* NULL: out of memory */
void json_add_optional_text(cJSON *to, const char *name, const char *text); /* NULL: adds nothing */
void json_add_bool(cJSON *to, const char *name, bool v);
void json_add_null(cJSON *to, const char *name);

/* Append the text of a document and a newline: indented by two spaces per level (arrays of scalars
 * on one line), or with `line` on one line without spaces. Doubles have the fewest digits that
 * round trip; NaN and infinities become null. Bytes that are not UTF-8, as in a file name, become
 * U+FFFD. Errors: NOMEM (now, or while it was built). */
int json_print(buf *out, const cJSON *item, bool line, cz_error *err);
/* As json_print(), indented, for a document to be stored: the text is parsed and printed again, and
 * must be the same, so that every reader can read it. Errors: NOMEM; FORMAT (json_parse() refuses
 * it: a duplicate key, too deep); CORRUPT (the texts differ). */
int json_print_stored(buf *out, const cJSON *item, cz_error *err);

#endif
