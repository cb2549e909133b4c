#include "store/json/json.h"
#include "store/json/json_check.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Duplicate keys are refused: parsers disagree about which one is used. */
static int check_keys(const cJSON *object, const char *what, cz_error *err)
{
    size_t n = 0;
    for (const cJSON *m = object->child; m; m = m->next)
        n++;
    if (n < 2)
        return CZ_OK;
    const char **key = malloc(n * sizeof *key);
    if (!key)
        return cz_fail_memory(err, "%s", what);
    n = 0;
    for (const cJSON *m = object->child; m; m = m->next)
        key[n++] = m->string;
    qsort(key, n, sizeof *key, by_text);
    int rc = CZ_OK;
    for (size_t i = 1; i < n && rc == CZ_OK; i++)
        if (strcmp(key[i - 1], key[i]) == 0)
            rc = cz_fail(err, CZ_FORMAT, "%s: duplicate key \"%.100s\"", what, key[i]);
    free(key);
    return rc;
}

/* The state of correcting cJSON's tree: digits of large integers, duplicate keys. */
typedef struct finish {
    const char *text;
    const json_integer *large, *large_end;
    size_t numbers; /* visited so far, in the order of the text */
    const char *what;
    cz_error *err;
} finish;

/* Turn a large integer into a cJSON_Raw item with its digits. */
static int finish_number(finish *f, cJSON *item)
{
    const json_integer *i = f->large;
    if (i == f->large_end || i->number != f->numbers++)
        return isfinite(item->valuedouble)
                   ? CZ_OK
                   : cz_fail(f->err, CZ_FORMAT, "%s: number out of range", f->what);
    char *digits = cJSON_malloc(i->len + 1); /* cJSON_Delete() frees it */
    if (!digits)
        return cz_fail_memory(f->err, "%s", f->what);
    memcpy(digits, f->text + i->at, i->len);
    digits[i->len] = '\0';
    item->valuestring = digits;
    item->type = cJSON_Raw;
    f->large++;
    return CZ_OK;
}

static int finish_item(finish *f, cJSON *item)
{
    if (cJSON_IsNumber(item))
        return finish_number(f, item);
    int rc = cJSON_IsObject(item) ? check_keys(item, f->what, f->err) : CZ_OK;
    for (cJSON *child = item->child; child && rc == CZ_OK; child = child->next)
        rc = finish_item(f, child);
    return rc;
}

/* cJSON parses numbers with strtod(), whose decimal point depends on the thread's locale. */
static cJSON *parse_in_c_locale(const char *text, size_t n)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c == (locale_t)0)
        return NULL;
    const locale_t was = uselocale(c);
    cJSON *root = cJSON_ParseWithLengthOpts(text, n, NULL, false);
    (void)uselocale(was);
    freelocale(c);
    return root;
}

int json_parse(cJSON **out, const void *text, size_t n, const char *what, cz_error *err)
{
    *out = NULL;
    if (n > JSON_BYTES_MAX)
        return cz_fail(err, CZ_FORMAT, "%s: JSON too large (%zu bytes)", what, n);
    buf large = {0};
    cJSON *root = NULL;
    size_t at = 0;
    const char *why = json_check(&at, &large, text, n);
    int rc = CZ_OK;
    if (why) {
        rc = cz_fail(err, CZ_FORMAT, "%s: not JSON: %s (byte %zu)", what, why, at);
        goto end;
    }
    /* The text is valid, so cJSON can fail only for lack of memory. */
    if (large.bad || !(root = parse_in_c_locale(text, n))) {
        rc = cz_fail_memory(err, "%s", what);
        goto end;
    }
    const json_integer *first = (const void *)large.at;
    finish f = {.text = text, .large = first, .what = what, .err = err};
    f.large_end = first ? first + large.len / sizeof *first : NULL;
    rc = finish_item(&f, root);
    if (rc == CZ_OK) {
        *out = root;
        root = NULL;
    }
end:
    cJSON_Delete(root);
    buf_free(&large);
    return rc;
}

const cJSON *json_at(const cJSON *at, const char *path)
{
    while (at && *path) {
        const size_t n = strcspn(path, ".");
        const cJSON *m = cJSON_IsObject(at) ? at->child : NULL;
        while (m && (strlen(m->string) != n || memcmp(m->string, path, n) != 0))
            m = m->next;
        at = m;
        path += n + (path[n] == '.');
    }
    return at;
}

static int no_such(const cJSON *m, const char *path, const char *kind, const char *what,
                   cz_error *err)
{
    return cz_fail(err, CZ_FORMAT, m ? "%s: %s isn't %s" : "%s: %s, %s, is missing", what, path,
                   kind);
}

/* Sign and magnitude of an integer, stored as number or digits. */
static bool whole_number(const cJSON *m, bool *negative, uint64_t *magnitude)
{
    if (cJSON_IsNumber(m)) {
        const double v = m->valuedouble;
        if (!(fabs(v) < 9007199254740992.0) || v != floor(v)) /* 2^53 */
            return false;
        *negative = v < 0;
        *magnitude = (uint64_t)fabs(v);
        return true;
    }
    if (!cJSON_IsRaw(m))
        return false;
    const char *c = m->valuestring;
    *negative = *c == '-';
    uint64_t v = 0;
    for (c += *negative; *c; c++) {
        const unsigned digit = (unsigned)(*c - '0');
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *magnitude = v;
    return true;
}

int json_u64(uint64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err)
{
    const cJSON *m = json_at(at, path);
    bool negative = false;
    uint64_t v = 0;
    if (!m || !whole_number(m, &negative, &v) || (negative && v))
        return no_such(m, path, "a whole number of 64 bits", what, err);
    *out = v;
    return CZ_OK;
}

int json_i64(int64_t *out, const cJSON *at, const char *path, const char *what, cz_error *err)
{
    const cJSON *m = json_at(at, path);
    bool negative = false;
    uint64_t v = 0;
    if (!m || !whole_number(m, &negative, &v) || v > (uint64_t)INT64_MAX + negative)
        return no_such(m, path, "a signed integer of 64 bits", what, err);
    *out = !negative ? (int64_t)v : v ? -1 - (int64_t)(v - 1) : 0;
    return CZ_OK;
}

int json_text(const char **out, const cJSON *at, const char *path, const char *what, cz_error *err)
{
    const cJSON *m = json_at(at, path);
    if (!cJSON_IsString(m))
        return no_such(m, path, "a text", what, err);
    *out = m->valuestring;
    return CZ_OK;
}
