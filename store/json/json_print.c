#include "store/json/json.h"
#include "store/json/json_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Print the fewest digits that round trip. The locale's decimal point, of one or more bytes, is
 * replaced by '.'. */
static void print_number(buf *out, double v)
{
    char text[40];
    if (!isfinite(v)) {
        buf_add(out, "null", 4);
        return;
    }
    if (v == floor(v) && fabs(v) < 9007199254740992.0) { /* 2^53 */
        buf_printf(out, "%.0f", v);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) >= v && strtod(text, NULL) <= v)
            break;
    }
    for (const char *c = text; *c;) {
        const size_t plain = strspn(c, "0123456789+-e");
        buf_add(out, c, plain);
        c += plain;
        if (*c)
            buf_add(out, ".", 1);
        c += strcspn(c, "0123456789+-e");
    }
}

static void print_escape(buf *out, uint8_t c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *known = strchr(from, c);
    if (known)
        buf_printf(out, "\\%c", to[known - from]);
    else
        buf_printf(out, "\\u%04x", c);
}

static void print_string(buf *out, const char *text)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);
    buf_add(out, "\"", 1);
    while (at < end) {
        const size_t len = json_utf8(at, (size_t)(end - at));
        if (len == 0)
            buf_add(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        else if (*at < 0x20 || *at == '"' || *at == '\\')
            print_escape(out, *at);
        else
            buf_add(out, at, len);
        at += len ? len : 1;
    }
    buf_add(out, "\"", 1);
}

static void new_line(buf *out, int level)
{
    buf_printf(out, "\n%*s", 2 * level, "");
}

static bool only_scalars(const cJSON *list)
{
    for (const cJSON *item = list->child; item; item = item->next)
        if (cJSON_IsArray(item) || cJSON_IsObject(item))
            return false;
    return true;
}

static bool print_item(buf *out, const cJSON *item, int level, bool line);

/* False: an item is missing (an allocation failed). */
static bool print_list(buf *out, const cJSON *list, int level, bool line)
{
    const bool named = cJSON_IsObject(list);
    const bool spread = !line && list->child && (named || !only_scalars(list));
    buf_add(out, named ? "{" : "[", 1);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (spread)
            new_line(out, level + 1);
        if (named) {
            print_string(out, item->string);
            buf_add(out, ": ", line ? 1 : 2);
        }
        if (!print_item(out, item, level + 1, line))
            return false;
        if (item->next)
            buf_add(out, ", ", line || spread ? 1 : 2);
    }
    if (spread)
        new_line(out, level);
    buf_add(out, named ? "}" : "]", 1);
    return true;
}

static bool print_item(buf *out, const cJSON *item, int level, bool line)
{
    switch (item->type & 0xff) {
    case cJSON_False:
        buf_add(out, "false", 5);
        return true;
    case cJSON_True:
        buf_add(out, "true", 4);
        return true;
    case cJSON_NULL:
        buf_add(out, "null", 4);
        return true;
    case cJSON_Number:
        print_number(out, item->valuedouble);
        return true;
    case cJSON_String:
        print_string(out, item->valuestring);
        return true;
    case cJSON_Raw:
        buf_add(out, item->valuestring, strlen(item->valuestring));
        return true;
    case cJSON_Array:
    case cJSON_Object:
        return print_list(out, item, level, line);
    default:
        return false; /* see json_add() */
    }
}

int json_print(buf *out, const cJSON *item, bool line, cz_error *err)
{
    const size_t before = out->len;
    const bool whole = item && print_item(out, item, 0, line);
    buf_add(out, "\n", 1);
    if (whole && !out->bad)
        return CZ_OK;
    out->len = before;
    return cz_fail_memory(err, "JSON document");
}

int json_print_stored(buf *out, const cJSON *item, cz_error *err)
{
    static const char what[] = "a JSON document";
    const size_t before = out->len;
    cJSON *doc = NULL;
    buf again = {0};
    int rc = json_print(out, item, false, err);
    if (rc == CZ_OK)
        rc = json_parse(&doc, out->at + before, out->len - before, what, err);
    if (rc == CZ_OK)
        rc = json_print(&again, doc, false, err);
    if (rc == CZ_OK &&
        (again.len != out->len - before || memcmp(again.at, out->at + before, again.len) != 0))
        rc = cz_fail(err, CZ_CORRUPT, "%s: its text reads back as another document", what);
    if (rc < 0)
        out->len = before;
    buf_free(&again);
    json_free(doc);
    return rc;
}
