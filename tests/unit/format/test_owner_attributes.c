/* The owner's attributes: which files are accepted, and where their members go. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/owner_attributes.h"

static void expect_refused(const char *text, const char *said)
{
    owner_attributes a;
    cz_error err = {0};
    const int rc = owner_attributes_parse(&a, text, strlen(text), "FILE", &err);
    cr_expect_eq(rc, CZ_USAGE, "%s: %d", text, rc);
    cr_expect_eq(err.code, CZ_USAGE, "%s: %d", text, err.code);
    cr_expect(strncmp(err.message, "FILE: ", 6) == 0 && strstr(err.message, said), "%s: %s", text,
              err.message);
    owner_attributes_free(&a);
}

Test(owner_attributes, values_and_names_that_are_refused)
{
    expect_refused("", "not JSON");
    expect_refused("{\"license\": }", "not JSON");
    expect_refused("[]", "not a JSON object");
    expect_refused("\"license\"", "not a JSON object");
    expect_refused("{\"license\":\"a\",\"license\":\"b\"}", "license");
    expect_refused("{\"license\":null}", "\"license\"");
    expect_refused("{\"license\":true}", "\"license\"");
    expect_refused("{\"license\":{}}", "\"license\"");
    expect_refused("{\"license\":[]}", "\"license\"");
    expect_refused("{\"license\":[[1]]}", "\"license\"");
    expect_refused("{\"license\":[1,\"a\"]}", "\"license\"");
    expect_refused("{\"license\":[\"a\",1]}", "\"license\"");
    expect_refused("{\"n\":123456789012345678901234567890}", "\"n\"");
    expect_refused("{\"\":1}", "invalid name");
    expect_refused("{\"7th\":1}", "invalid name");
    expect_refused("{\"geo.lat\":1}", "invalid name");
    expect_refused("{\"g\xc3\xa9o\":1}", "invalid name");
}

Test(owner_attributes, names_that_camzarr_writes)
{
    static const char *const names[] = {"camzarr",         "Conventions",
                                        "title",           "summary",
                                        "source",          "history",
                                        "codec",           "frame_rate",
                                        "interlace",       "time_coverage_start",
                                        "time_coverage_x", "_ARRAY_DIMENSIONS",
                                        "_FillValue",      "_NCProperties",
                                        "source_md5"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[80], section[100], said[60];
        (void)snprintf(text, sizeof text, "{\"%s\":\"x\"}", names[i]);
        (void)snprintf(section, sizeof section, "{\"clips\":%s}", text);
        (void)snprintf(said, sizeof said, "\"%s\": reserved", names[i]);
        expect_refused(text, said);
        expect_refused(section, said);
    }
}

Test(owner_attributes, sections_stand_alone)
{
    expect_refused("{\"store\":{},\"license\":\"x\"}", "\"license\": beside");
    expect_refused("{\"store\":\"x\"}", "\"store\"");
    expect_refused("{\"clips\":[1]}", "\"clips\"");
    expect_refused("{\"clips\":{\"store\":\"x\"}}", "\"store\"");
}

Test(owner_attributes, limits)
{
    owner_attributes a;
    char text[OWNER_BYTES_MAX + 2], name[OWNER_NAME_MAX + 20];
    memset(text, ' ', sizeof text);
    text[0] = '{';
    text[OWNER_BYTES_MAX - 1] = text[OWNER_BYTES_MAX] = '}';
    cr_expect_eq(owner_attributes_parse(&a, text, OWNER_BYTES_MAX, "FILE", NULL), CZ_OK);
    owner_attributes_free(&a);
    text[OWNER_BYTES_MAX + 1] = '\0';
    expect_refused(text, "65536");
    (void)snprintf(name, sizeof name, "{\"%0*d\":1}", OWNER_NAME_MAX, 0);
    name[2] = 'a';
    cr_expect_eq(owner_attributes_parse(&a, name, strlen(name), "FILE", NULL), CZ_OK);
    owner_attributes_free(&a);
    (void)snprintf(name, sizeof name, "{\"%0*d\":1}", OWNER_NAME_MAX + 1, 0);
    name[2] = 'a';
    expect_refused(name, "invalid name");
}

static char *printed(const cJSON *item)
{
    buf text = {0};
    cr_assert_eq(json_print(&text, item, true, NULL), CZ_OK);
    char *copy = strndup(buf_text(&text), text.len - 1);
    buf_free(&text);
    return copy;
}

static void expect_text(const cJSON *item, const char *text)
{
    char *is = printed(item);
    cr_expect_str_eq(is, text);
    free(is);
}

Test(owner_attributes, whom_they_are_for)
{
    owner_attributes a;
    const char plain[] = "{\"x\":1,\"y\":[\"a\",\"b\"],\"z\":18446744073709551615}";
    const char sections[] = "{\"clips\":{\"x\":1}}";
    cr_assert_eq(owner_attributes_parse(&a, plain, strlen(plain), "FILE", NULL), CZ_OK);
    expect_text(owner_attributes_for_clip(&a), plain);
    expect_text(owner_attributes_for_root(&a), plain);
    cr_expect_null(a.store);
    owner_attributes_free(&a);
    cr_assert_eq(owner_attributes_parse(&a, sections, strlen(sections), "FILE", NULL), CZ_OK);
    expect_text(owner_attributes_for_clip(&a), "{\"x\":1}");
    cr_expect_null(owner_attributes_for_root(&a));
    owner_attributes_free(&a);
}

static cJSON *parsed(const char *text)
{
    cJSON *doc = NULL;
    cr_assert_eq(json_parse(&doc, text, strlen(text), "test", NULL), CZ_OK);
    return doc;
}

static void expect_replaced(zarr_format zarr, const char *before, const char *owner,
                            const char *after)
{
    cJSON *doc = parsed(before), *new = parsed(owner);
    cJSON *replaced = owner_attributes_replace(zarr, doc, new);
    expect_text(replaced, after);
    cJSON *own = owner_attributes_of(zarr_attributes_of(zarr, replaced));
    expect_text(own, owner);
    json_free(own);
    json_free(replaced);
    json_free(doc);
    json_free(new);
}

Test(owner_attributes, replace_the_former_ones_and_nothing_else)
{
    expect_replaced(ZARR_V2, "{\"title\":\"t\",\"old\":1,\"camzarr\":{\"n\":1}}",
                    "{\"license\":\"l\",\"digest\":[1,2.5]}",
                    "{\"title\":\"t\",\"license\":\"l\",\"digest\":[1,2.5],\"camzarr\":{\"n\":1}}");
    expect_replaced(
        ZARR_V3, "{\"zarr_format\":3,\"attributes\":{\"old\":1,\"camzarr\":{}},\"last\":[0]}",
        "{\"a\":1}", "{\"zarr_format\":3,\"attributes\":{\"a\":1,\"camzarr\":{}},\"last\":[0]}");
    expect_replaced(ZARR_V2, "{\"title\":\"t\",\"old\":1,\"camzarr\":{}}", "{}",
                    "{\"title\":\"t\",\"camzarr\":{}}");
}
