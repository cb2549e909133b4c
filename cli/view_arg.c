#include "cli/view_arg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool layout_find(cz_layout *out, const char *name)
{
    const char *known;
    for (unsigned i = 0; (known = cz_layout_name((cz_layout)i)); i++) {
        if (strcmp(name, known) == 0) {
            *out = (cz_layout)i;
            return true;
        }
    }
    return false;
}

static int parse_scale(uint32_t *out, const char *text, cz_error *err)
{
    static const struct {
        const char *text;
        uint32_t scale;
    } scales[] = {{"1", 1}, {"1/2", 2}, {"1/4", 4}, {"1/8", 8}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        if (strcmp(text, scales[i].text) == 0) {
            *out = scales[i].scale;
            return CZ_OK;
        }
    }
    return cz_fail(err, CZ_USAGE, "--scale %s: not 1/2, 1/4 or 1/8", text);
}

static int parse_fields(cz_fields *out, const char *text, cz_error *err)
{
    const char *name;
    for (unsigned i = 0; (name = cz_fields_name((cz_fields)i)); i++) {
        if (strcmp(text, name) == 0) {
            *out = (cz_fields)i;
            return CZ_OK;
        }
    }
    return cz_fail(err, CZ_USAGE, "--fields %s: not weave, top, bottom, bob-top or bob-bottom",
                   text);
}

/* Parse digits that `behind` follows; returns the position after it, or NULL. */
static const char *number(uint32_t *out, const char *text, char behind)
{
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    const unsigned long v = strtoul(text, &end, 10);
    if (v > UINT16_MAX || *end != behind)
        return NULL;
    *out = (uint32_t)v;
    return end + (behind != '\0');
}

/* Y0:Y1,X0:X1, ends excluded, as NumPy slices an array of (y, x). */
static int parse_region(cz_view *view, const char *text, cz_error *err)
{
    uint32_t y0, y1, x0, x1;
    const char *at = number(&y0, text, ':');
    if (!at || !(at = number(&y1, at, ',')) || !(at = number(&x0, at, ':')) ||
        !number(&x1, at, '\0') || y1 <= y0 || x1 <= x0)
        return cz_fail(err, CZ_USAGE, "--region %s: not Y0:Y1,X0:X1 with Y0 < Y1 and X0 < X1",
                       text);
    view->x = x0;
    view->y = y0;
    view->width = x1 - x0;
    view->height = y1 - y0;
    return CZ_OK;
}

int view_parse(cz_view *view, const options *o, cz_error *err)
{
    int rc = CZ_OK;
    if (o->scale)
        rc = parse_scale(&view->scale, o->scale, err);
    if (rc == CZ_OK && o->fields)
        rc = parse_fields(&view->fields, o->fields, err);
    if (rc == CZ_OK && o->region)
        rc = parse_region(view, o->region, err);
    view->conceal = o->conceal;
    view->threads = (unsigned)o->threads;
    return rc;
}

bool view_is_given(const options *o)
{
    return o->scale || o->fields || o->region || o->conceal;
}
