#include "cli/verbs/info.h"

#include <stdlib.h>
#include <string.h>

#include "cli/units.h"
#include "cli/table.h"

/* Members that only --verbose shows. */
static bool is_detail(const char *name)
{
    static const char *const names[] = {"notes",    "tracks", "fingerprint",
                                        "software", "format", "frame_bytes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A scalar as in JSON, but without quotes. */
static void add_scalar(buf *to, const cJSON *item)
{
    if (cJSON_IsBool(item))
        buf_printf(to, "%s", cJSON_IsTrue(item) ? "yes" : "no");
    else if (cJSON_IsString(item))
        buf_printf(to, "%s", item->valuestring);
    else if (json_print(to, item, true, NULL) < 0)
        to->bad = true;
    else
        to->len--; /* its newline */
}

/* Adds units and explanations to some values. */
static void add_explained(buf *to, const cJSON *item)
{
    char text[UNITS_TEXT_MAX];
    const size_t before = to->len;
    add_scalar(to, item);
    const char *value = buf_text(to);
    if (!value)
        return;
    value += before;
    if (strcmp(item->string, "bytes") == 0 && strlen(value) > 3) {
        size_text(text, strtoull(value, NULL, 10));
        buf_printf(to, " (%s)", text);
    } else if (strcmp(item->string, "duration") == 0) {
        duration_text(text, (int64_t)(strtod(value, NULL) * 1e9));
        buf_printf(to, " s (%s)", text);
    } else if (strcmp(item->string, "codec") == 0) {
        buf_printf(to, " (%s)", codec_title(value));
    }
}

/* "id 2, kind soun, codec lpcm" */
static void add_object(buf *to, const cJSON *object)
{
    const char *between = "";
    for (const cJSON *m = object->child; m; m = m->next) {
        buf_printf(to, "%s%s ", between, m->string);
        add_scalar(to, m);
        between = ", ";
    }
}

static void add_row(table *t, const char *name, buf *value)
{
    char title[40];
    (void)snprintf(title, sizeof title, "%s", name);
    for (char *at = title; *at; at++)
        if (*at == '_')
            *at = ' ';
    const char *text = buf_text(value);
    table_add(t, "%s", title);
    table_add(t, "%s", text ? text : "");
    t->cells.bad |= value->bad;
    buf_free(value);
}

/* An array has one row per element; the first has its name. */
static void add_rows(table *t, const cJSON *member)
{
    buf value = {0};
    if (!cJSON_IsArray(member)) {
        add_explained(&value, member);
        add_row(t, member->string, &value);
        return;
    }
    for (const cJSON *e = member->child; e; e = e->next) {
        if (cJSON_IsObject(e))
            add_object(&value, e);
        else
            add_scalar(&value, e);
        add_row(t, e == member->child ? member->string : "", &value);
    }
}

int print_as_text(cJSON *doc, bool verbose, FILE *to, cz_error *err)
{
    table t = {.n_columns = 2, .align = "ll"};
    for (const cJSON *m = doc->child; m; m = m->next)
        if (verbose || !is_detail(m->string))
            add_rows(&t, m);
    const int rc = table_print(&t, to, err);
    table_free(&t);
    json_free(doc);
    return rc;
}
