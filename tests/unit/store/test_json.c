/* store/json/: valid and invalid JSON, exact integers, and deterministic output. */
#include "store/json/json.h"

#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

/* The text stands at the end of its page: who reads past it ends the test. */
static cJSON *parse(const char *text)
{
    guard g = guard_copy(text, strlen(text));
    cJSON *doc = NULL;
    cz_error err = {0};
    const int rc = json_parse(&doc, g.at, g.len, "it", &err);
    cr_assert_eq(rc, CZ_OK, "%s: %s", text, err.message);
    guard_free(&g);
    return doc;
}

static void is_no_json(const char *text, size_t n, const char *why)
{
    guard g = guard_copy(text, n);
    cJSON *doc = (cJSON *)&g;
    cz_error err = {0};
    const int rc = json_parse(&doc, g.at, g.len, "some/key", &err);
    cr_assert_eq(rc, CZ_FORMAT, "%s", text);
    cr_assert_eq(err.code, CZ_FORMAT);
    cr_assert_null(doc);
    cr_assert_eq(strncmp(err.message, "some/key: ", 10), 0, "%s", err.message);
    cr_assert_not_null(strstr(err.message, why), "%s: \"%s\"", text, err.message);
    guard_free(&g);
}

static void prints(const cJSON *doc, bool line, const char *want)
{
    buf b = {0};
    cr_assert_eq(json_print(&b, doc, line, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), want);
    buf_free(&b);
}

/* Parsed and printed in one line. */
static void becomes(const char *text, const char *want)
{
    cJSON *doc = parse(text);
    prints(doc, true, want);
    cJSON_Delete(doc);
}

Test(json, valid_json_round_trip)
{
    becomes("{}", "{}\n");
    becomes(" [ ] \r\n\t", "[]\n");
    becomes("null", "null\n");
    becomes("true", "true\n");
    becomes("false", "false\n");
    becomes("\"\"", "\"\"\n");
    becomes("0", "0\n");
    becomes("{\"b\" : [1,\n2 , {\"a\":null}],\"a\":\"x\"}",
            "{\"b\":[1,2,{\"a\":null}],\"a\":\"x\"}\n");
}

Test(json, numbers_keep_their_value)
{
    static const char *const same[] = {
        "0",
        "-1",
        "7",
        "999999999999999",
        "-999999999999999",
        "1000000000000000",
        "9007199254740993",
        "18446744073709551615",
        "-9223372036854775808",
        "0.5",
        "-0.1",
        "45.93355",
        "1e+300",
        "5e-324",
        "1.7976931348623157e+308",
        "0.30000000000000004",
        "123456789012345678901234567890",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char want[64];
        (void)snprintf(want, sizeof want, "%s\n", same[i]);
        becomes(same[i], want);
    }
    becomes("1E2", "100\n");
    becomes("1.0", "1\n");
    becomes("-0.0e-5", "-0\n");
    becomes("[1e3,12345678901234567,0.25,98765432109876543210]",
            "[1000,12345678901234567,0.25,98765432109876543210]\n");
}

Test(json, texts_keep_their_characters)
{
    becomes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\"\n");
    becomes("\"\\u00e9\\uD834\\udd1e\xe6\xb7\xb1\"", "\"\xc3\xa9\xf0\x9d\x84\x9e\xe6\xb7\xb1\"\n");
    becomes("{\"a\\\"b\":\"\x7f\"}", "{\"a\\\"b\":\"\x7f\"}\n");
}

Test(json, invalid_json_is_refused_with_its_position)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "a value is missing (byte 0)"},
        {" ", "a value is missing (byte 1)"},
        {"{", "a string is missing (byte 1)"},
        {"[", "a value is missing"},
        {"[1", "a comma is missing (byte 2)"},
        {"[1,", "a value is missing (byte 3)"},
        {"[1,]", "not a number (byte 3)"},
        {"[,1]", "not a number"},
        {"[1 2]", "a comma is missing (byte 3)"},
        {"[1}", "a comma is missing"},
        {"{\"a\"}", "a colon is missing (byte 4)"},
        {"{\"a\":}", "not a number (byte 5)"},
        {"{\"a\":1,}", "a string is missing (byte 7)"},
        {"{a:1}", "a string is missing"},
        {"{\"a\":1]", "a comma is missing"},
        {"1 2", "more after the end (byte 2)"},
        {"{} x", "more after the end"},
        {"nul", "no value"},
        {"nullx", "more after the end"},
        {"True", "not a number"},
        {"NaN", "not a number"},
        {"-", "not a number"},
        {"-Infinity", "not a number"},
        {"+1", "not a number"},
        {".5", "not a number"},
        {"01", "not a number"},
        {"-01", "not a number"},
        {"1.", "a fraction without digits"},
        {"1.e5", "a fraction without digits"},
        {"1e", "an exponent without digits"},
        {"1e+", "an exponent without digits"},
        {"1e999", "number out of range"},
        {"0x10", "more after the end"},
        {"'a'", "not a number"},
        {"\"", "the end of a string is missing (byte 1)"},
        {"\"abc", "the end of a string is missing"},
        {"\"a\\\"", "the end of a string is missing"},
        {"\"\\", "no such escape"},
        {"\"\\x41\"", "no such escape"},
        {"\"\\u12", "not a hexadecimal digit"},
        {"\"\\u12g4\"", "not a hexadecimal digit"},
        {"\"\\u0000\"", "a NUL in a string"},
        {"\"\\ud834\"", "half a surrogate pair"},
        {"\"\\ud834\\u0041\"", "half a surrogate pair"},
        {"\"\\udd1e\"", "half a surrogate pair"},
        {"\"a\nb\"", "a control character in a string"},
        {"\"\t\"", "a control character in a string"},
        {"\"\xff\"", "not UTF-8 (byte 1)"},
        {"\"\xc3\"", "not UTF-8"},
        {"\"\xc0\xaf\"", "not UTF-8"},
        {"\"\xe0\x80\xaf\"", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "not UTF-8"},
        {"\"\xf0\x80\x80\xaf\"", "not UTF-8"},
        {"\"\x80\"", "not UTF-8"},
        {"\"\xe6\xb7", "not UTF-8"},
        {"\xef\xbb\xbf{}", "not a number (byte 0)"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "duplicate key \"a\""},
        {"[{\"x\":{\"k\":1,\"\\u006b\":2}}]", "duplicate key \"k\""},
        {"1234567890123456789012345678901234567890123456789012345678901", "too long"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_no_json(bad[i].text, strlen(bad[i].text), bad[i].why);
    is_no_json("{\"a\0\":1}", 8, "a control character");
    is_no_json("[1]\0", 4, "more after the end");
    is_no_json("\0", 1, "not a number");
    is_no_json("1\0", 2, "more after the end");
}

static char *nested(size_t depth, char open, char close)
{
    char *text = calloc(2 * depth + 1, 1);
    cr_assert_not_null(text);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    return text;
}

Test(json, depth_and_length_have_limits)
{
    char *fits = nested(JSON_DEPTH_MAX, '[', ']'), *deep = nested(JSON_DEPTH_MAX + 1, '[', ']');
    char *abyss = nested(1 << 20, '[', ']');
    cJSON_Delete(parse(fits));
    is_no_json(deep, strlen(deep), "too deep (byte 33)");
    is_no_json(abyss, strlen(abyss), "too deep (byte 33)");
    cJSON *doc = NULL;
    cr_assert_eq(json_parse(&doc, "1", (size_t)JSON_BYTES_MAX + 1, "it", NULL), CZ_FORMAT);
    free(fits);
    free(deep);
    free(abyss);
}

/* Looking for keys that stand there twice must not take quadratic time. */
Test(json, an_object_of_many_keys, .timeout = 20)
{
    buf b = {0};
    buf_add(&b, "{", 1);
    for (int i = 0; i < 200000; i++)
        buf_printf(&b, "\"k%d\":%d,", i, i);
    buf_printf(&b, "\"end\":1}");
    cJSON *doc = parse(buf_text(&b));
    uint64_t v = 0;
    cr_assert_eq(json_u64(&v, doc, "k199999", "it", NULL), CZ_OK);
    cr_assert_eq(v, 199999);
    cJSON_Delete(doc);
    buf_free(&b);
}

Test(json, integers_are_exact_and_bounded)
{
    static const struct {
        const char *text;
        uint64_t u;
        int64_t i;
        int u_rc, i_rc;
    } of[] = {
        {"0", 0, 0, CZ_OK, CZ_OK},
        {"-0", 0, 0, CZ_OK, CZ_OK},
        {"1e3", 1000, 1000, CZ_OK, CZ_OK},
        {"-1", 0, -1, CZ_FORMAT, CZ_OK},
        {"9007199254740991", 9007199254740991, 9007199254740991, CZ_OK, CZ_OK},
        {"9007199254740993", 9007199254740993, 9007199254740993, CZ_OK, CZ_OK},
        {"9223372036854775807", INT64_MAX, INT64_MAX, CZ_OK, CZ_OK},
        {"9223372036854775808", 9223372036854775808u, 0, CZ_OK, CZ_FORMAT},
        {"18446744073709551615", UINT64_MAX, 0, CZ_OK, CZ_FORMAT},
        {"18446744073709551616", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"99999999999999999999999", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"-9223372036854775808", 0, INT64_MIN, CZ_FORMAT, CZ_OK},
        {"-9223372036854775809", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"-9007199254740993", 0, -9007199254740993, CZ_FORMAT, CZ_OK},
        {"0.5", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"1e300", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"9007199254740993.0", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"\"1\"", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"null", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"[1]", 0, 0, CZ_FORMAT, CZ_FORMAT},
        {"true", 0, 0, CZ_FORMAT, CZ_FORMAT},
    };
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        cJSON *doc = parse(of[k].text);
        uint64_t u = 0;
        int64_t i = 0;
        cr_assert_eq(json_u64(&u, doc, "", "it", NULL), of[k].u_rc, "%s", of[k].text);
        cr_assert_eq(u, of[k].u, "%s", of[k].text);
        cr_assert_eq(json_i64(&i, doc, "", "it", NULL), of[k].i_rc, "%s", of[k].text);
        cr_assert_eq(i, of[k].i, "%s", of[k].text);
        cJSON_Delete(doc);
    }
}

Test(json, members_are_found_by_path)
{
    cJSON *doc = parse("{\"a\":{\"b\":{\"c\":7,\"t\":\"text\"},\"bb\":8},\"l\":[1],\"A\":9}");
    uint64_t u = 0;
    const char *t = NULL;
    cz_error err = {0};
    cr_assert_eq(json_u64(&u, doc, "a.b.c", "it", NULL), CZ_OK);
    cr_assert_eq(u, 7);
    cr_assert_eq(json_u64(&u, doc, "a.bb", "it", NULL), CZ_OK);
    cr_assert_eq(u, 8);
    cr_assert_eq(json_text(&t, doc, "a.b.t", "it", NULL), CZ_OK);
    cr_assert_str_eq(t, "text");
    cr_assert_eq(json_at(doc, ""), doc);
    cr_assert_null(json_at(doc, "a.b.d"));
    cr_assert_null(json_at(doc, "a.c"));
    cr_assert_null(json_at(doc, "l.0"));
    cr_assert_null(json_at(doc, "a..b"));
    cr_assert_null(json_at(NULL, "a"));
    cr_assert_eq(json_u64(&u, doc, "a.b", "it", &err), CZ_FORMAT);
    cr_assert_not_null(strstr(err.message, "it: a.b isn't a whole number"), "%s", err.message);
    cr_assert_eq(json_text(&t, doc, "a.x", "it", &err), CZ_FORMAT);
    cr_assert_str_eq(err.message, "it: a.x, a text, is missing");
    cr_assert_eq(json_text(&t, doc, "a.b.c", "it", &err), CZ_FORMAT);
    cr_assert_eq(err.code, CZ_FORMAT);
    cr_assert_eq(json_i64(&(int64_t){0}, doc, "a.x", "it", &err), CZ_FORMAT);
    cJSON_Delete(doc);
}

static cJSON *sample(void)
{
    cJSON *doc = cJSON_CreateObject(), *list = cJSON_CreateArray(), *inner = cJSON_CreateObject();
    json_add_u64(doc, "u", UINT64_MAX);
    json_add_i64(doc, "i", INT64_MIN);
    json_add_u64(doc, "small", 12);
    json_add_i64(doc, "minus", -12);
    json_add_optional_text(doc, "none", NULL);
    json_add_text(doc, "text", "a\"\n\xc3\xa9");
    json_add_bool(doc, "yes", true);
    json_add_bool(doc, "no", false);
    for (uint64_t i = 0; i < 3; i++)
        json_add_u64(list, NULL, i);
    json_add(doc, "list", list);
    json_add(inner, "empty", cJSON_CreateArray());
    json_add(inner, "nothing", cJSON_CreateObject());
    list = cJSON_CreateArray();
    json_add(list, NULL, inner);
    json_add_text(list, NULL, "x");
    json_add(doc, "mixed", list);
    return doc;
}

static const char sample_text[] = "{\n"
                                  "  \"u\": 18446744073709551615,\n"
                                  "  \"i\": -9223372036854775808,\n"
                                  "  \"small\": 12,\n"
                                  "  \"minus\": -12,\n"
                                  "  \"text\": \"a\\\"\\n\xc3\xa9\",\n"
                                  "  \"yes\": true,\n"
                                  "  \"no\": false,\n"
                                  "  \"list\": [0, 1, 2],\n"
                                  "  \"mixed\": [\n"
                                  "    {\n"
                                  "      \"empty\": [],\n"
                                  "      \"nothing\": {}\n"
                                  "    },\n"
                                  "    \"x\"\n"
                                  "  ]\n"
                                  "}\n";

Test(json, members_are_printed_in_order)
{
    cJSON *doc = sample();
    prints(doc, false, sample_text);
    prints(doc, true,
           "{\"u\":18446744073709551615,\"i\":-9223372036854775808,\"small\":12,\"minus\":-12,"
           "\"text\":\"a\\\"\\n\xc3\xa9\",\"yes\":true,\"no\":false,\"list\":[0,1,2],"
           "\"mixed\":[{\"empty\":[],\"nothing\":{}},\"x\"]}\n");
    uint64_t u = 0;
    int64_t i = 0;
    cr_assert_eq(json_u64(&u, doc, "u", "it", NULL), CZ_OK,
                 "what was built reads as what was read");
    cr_assert_eq(u, UINT64_MAX);
    cr_assert_eq(json_i64(&i, doc, "i", "it", NULL), CZ_OK);
    cr_assert_eq(i, INT64_MIN);
    cJSON_Delete(doc);
}

Test(json, print_and_parse_round_trip)
{
    cJSON *doc = parse(sample_text), *built = sample();
    prints(doc, false, sample_text);
    cr_assert(cJSON_Compare(doc, built, true));
    cJSON_Delete(doc);
    cJSON_Delete(built);
}

Test(json, print_appends)
{
    buf b = {0};
    cJSON *one = cJSON_CreateNumber(1);
    cr_assert_eq(json_print(&b, one, true, NULL), CZ_OK);
    cr_assert_eq(json_print(&b, one, false, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "1\n1\n");
    cJSON_Delete(one);
    buf_free(&b);
}

Test(json, values_that_json_cannot_express)
{
    cJSON *doc = cJSON_CreateArray();
    json_add(doc, NULL, cJSON_CreateNumber(NAN));
    json_add(doc, NULL, cJSON_CreateNumber(INFINITY));
    json_add_text(doc, NULL, "caf\xe9 \xed\xa0\x80");
    prints(doc, true, "[null,null,\"caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]\n");
    cJSON_Delete(doc);
}

/* A decimal comma in the process's locale: neither read nor written. */
Test(json, locale_has_no_effect)
{
    static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool found = false;
    for (size_t i = 0; i < 4 && !found; i++)
        found =
            setlocale(LC_ALL, comma[i]) != NULL && strcmp(localeconv()->decimal_point, ".") != 0;
    if (!found)
        cr_skip_test("no locale with a decimal comma is installed");
    becomes("[0.5,-1.25e-7]", "[0.5,-1.25e-07]\n");
    is_no_json("[0,5,]", 6, "not a number");
}

static cJSON *sample(void);

/* Each way to build; and what the document is a member of. */
Test(json, a_failed_allocation_is_never_printed)
{
    for (size_t n = 1;; n++) {
        buf b = {0};
        alloc_fail_at(n);
        cJSON *doc = json_object(), *list = json_array();
        json_add_double(list, NULL, 0.5);
        json_add_null(list, NULL);
        json_add_bool(list, NULL, true);
        json_add(list, NULL, json_copy(doc));
        json_add(doc, "list", list);
        json_add(doc, "string", json_string("text"));
        json_add(doc, "sample", sample());
        const bool hit = alloc_fail_end();
        cr_assert_eq(json_is_whole(doc), !hit, "allocation %zu", n);
        cr_assert_eq(json_print(&b, doc, false, NULL), hit ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        buf_free(&b);
        json_free(doc);
        if (!hit)
            break;
    }
}

Test(json, additions_to_null_are_ignored)
{
    cz_error err = {0};
    buf b = {0};
    alloc_fail_at(1);
    cJSON *missing = json_object();
    cr_assert(alloc_fail_end());
    cr_assert_not_null(missing);
    json_add_u64(missing, "a", 1); /* a placeholder, which must not be modified */
    cJSON *copy = json_copy(missing), *doc = json_object();
    json_free(missing);
    cr_assert_eq(json_print(&b, copy, true, &err), CZ_NOMEM);
    json_add(doc, "member", copy);
    json_add_text(doc, "later", "x");
    cr_assert_eq(json_print_stored(&b, doc, &err), CZ_NOMEM);
    cr_assert_eq(b.len, 0);
    json_free(doc);
    doc = json_object();
    json_add_text(doc, "text", NULL); /* as buf_text() gives it when memory was short */
    cr_assert_eq(json_print(&b, doc, true, &err), CZ_NOMEM);
    json_free(doc);
    buf_free(&b);
}

Test(json, stored_documents_are_readable)
{
    cz_error err = {0};
    buf b = {0};
    cJSON *doc = sample();
    cr_assert_eq(json_print_stored(&b, doc, &err), CZ_OK, "%s", err.message);
    const size_t once = b.len;
    cr_assert_eq(json_print_stored(&b, doc, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(b.len, 2 * once);
    cr_assert_arr_eq(b.at, b.at + once, once);
    json_add_u64(doc, "small", 13); /* there already */
    cr_assert_eq(json_print_stored(&b, doc, &err), CZ_FORMAT);
    cr_assert_eq(b.len, 2 * once);
    json_free(doc);
    doc = json_object();
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        cJSON *outer = json_array();
        json_add(outer, NULL, doc);
        doc = outer;
    }
    cr_assert_eq(json_print_stored(&b, doc, &err), CZ_FORMAT);
    json_free(doc);
    buf_free(&b);
}

Test(json, incomplete_documents_are_not_printed)
{
    buf b = {0};
    cz_error err = {0};
    cr_assert_eq(json_print(&b, NULL, false, &err), CZ_NOMEM);
    cr_assert_eq(err.code, CZ_NOMEM);
    cr_assert_eq(b.len, 0);

    cJSON *doc = cJSON_CreateObject(), *inner = cJSON_CreateObject();
    json_add(doc, "inner", inner);
    json_add(inner, "lost", NULL); /* as after a cJSON_Create() without memory */
    json_add_u64(inner, "later", 1);
    cr_assert_eq(json_print(&b, doc, false, &err), CZ_NOMEM);
    cr_assert_eq(b.len, 0);
    cJSON_Delete(doc);

    json_add(NULL, "a", json_object()); /* a leak would show in the sanitizers' run */
    json_add_u64(NULL, "a", 1);
    json_add_i64(NULL, "a", 1);
    json_add_text(NULL, "a", "x");
    json_add_bool(NULL, "a", true);
    json_add(NULL, "a", NULL);
    buf_free(&b);
}

Test(json, without_memory)
{
    static const char text[] = "{\"a\":12345678901234567890,\"b\":[1,2]}";
    cz_error err = {0};
    for (size_t n = 1;; n++) {
        cJSON *doc = NULL;
        alloc_fail_at(n);
        const int rc = json_parse(&doc, text, strlen(text), "it", &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cJSON_Delete(doc);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(doc);
    }
    cJSON *doc = sample();
    for (size_t n = 1;; n++) {
        buf b = {0};
        alloc_fail_at(n);
        const int rc = json_print(&b, doc, false, &err);
        const bool hit = alloc_fail_end();
        if (hit) {
            cr_assert_eq(rc, CZ_NOMEM);
            cr_assert_eq(b.len, 0);
        }
        buf_free(&b);
        if (!hit) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
    }
    cJSON_Delete(doc);
}
