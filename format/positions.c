#include "format/positions.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Any number: json.h keeps integers as texts of digits. */
static bool number(double *out, const cJSON *attributes, const char *name)
{
    int64_t i;
    const cJSON *item = json_at(attributes, name);
    if (cJSON_IsNumber(item)) {
        *out = item->valuedouble;
        return true;
    }
    if (json_i64(&i, attributes, name, "", NULL) < 0)
        return false;
    *out = (double)i;
    return true;
}

/* Whether the two attributes are one number. */
static bool is_point(double *out, const cJSON *attributes, const char *min, const char *max)
{
    double end;
    return number(out, attributes, min) && number(&end, attributes, max) && *out <= end &&
           *out >= end;
}

static const char *text(const cJSON *attributes, const char *name, const char *otherwise)
{
    const char *found = otherwise;
    (void)json_text(&found, attributes, name, "", NULL);
    return found;
}

static cJSON *add(positions *to, const char *name, const char *standard_name, const char *units,
                  double value)
{
    char about[64];
    position *p = &to->at[to->n++];
    const size_t n = strlen(to->names);
    *p = (position){.name = name, .value = value, .attributes = json_object()};
    (void)snprintf(about, sizeof about, "%s of the camera", standard_name);
    json_add_text(p->attributes, "standard_name", standard_name);
    json_add_text(p->attributes, "long_name", about);
    json_add_text(p->attributes, "units", units);
    (void)snprintf(to->names + n, sizeof to->names - n, "%s%s", n ? " " : "", name);
    return p->attributes;
}

void positions_of(positions *out, const cJSON *attributes)
{
    double value;
    *out = (positions){0};
    if (is_point(&value, attributes, "geospatial_lat_min", "geospatial_lat_max"))
        add(out, "lat", "latitude", "degrees_north", value);
    if (is_point(&value, attributes, "geospatial_lon_min", "geospatial_lon_max"))
        add(out, "lon", "longitude", "degrees_east", value);
    if (is_point(&value, attributes, "geospatial_vertical_min", "geospatial_vertical_max")) {
        const char *positive = text(attributes, "geospatial_vertical_positive", "");
        const char *units = text(attributes, "geospatial_vertical_units", "m");
        if (strcmp(positive, "down") == 0)
            json_add_text(add(out, "depth", "depth", units, value), "positive", positive);
        else if (strcmp(positive, "up") == 0)
            json_add_text(add(out, "altitude", "altitude", units, value), "positive", positive);
    }
}

void positions_free(positions *p)
{
    for (size_t i = 0; i < p->n; i++)
        json_free(p->at[i].attributes);
    *p = (positions){0};
}

void positions_refer(const positions *p, cJSON *attributes)
{
    if (p->n > 0)
        json_add_text(attributes, "coordinates", p->names);
}
