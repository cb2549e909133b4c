#include "format/positions.h"

#include <criterion/criterion.h>
#include <string.h>

static cJSON *parsed(const char *text)
{
    cJSON *doc = NULL;
    cr_assert_eq(json_parse(&doc, text, strlen(text), "attributes", NULL), CZ_OK);
    return doc;
}

/* The names of the positions in the attributes. */
static void expect_names(const char *attributes, const char *names)
{
    positions p;
    cJSON *doc = parsed(attributes);
    positions_of(&p, doc);
    cr_expect_str_eq(p.names, names, "%s: %s", attributes, p.names);
    positions_free(&p);
    json_free(doc);
}

#define LAT(min, max) "\"geospatial_lat_min\":" min ",\"geospatial_lat_max\":" max
#define VERTICAL(min, max) "\"geospatial_vertical_min\":" min ",\"geospatial_vertical_max\":" max
#define POSITIVE(way) "\"geospatial_vertical_positive\":\"" way "\""

Test(positions, equal_numbers_are_a_position)
{
    expect_names("{}", "");
    expect_names("{" LAT("45.93", "45.93") "}", "lat");
    expect_names("{" LAT("45", "45.0") "}", "lat");
    expect_names("{" LAT("45.93", "45.94") "}", "");
    expect_names("{" LAT("46", "45") "}", "");
    expect_names("{" LAT("\"45\"", "\"45\"") "}", "");
    expect_names("{" LAT("[45]", "[45]") "}", "");
    expect_names("{\"geospatial_lat_min\":45}", "");
    expect_names("{\"geospatial_lon_min\":-130,\"geospatial_lon_max\":-130," LAT("1", "1") "}",
                 "lat lon");
}

Test(positions, vertical_needs_a_direction)
{
    expect_names("{" VERTICAL("1540", "1540") "}", "");
    expect_names("{" VERTICAL("1540", "1540") "," POSITIVE("sideways") "}", "");
    expect_names("{" VERTICAL("1540", "1540") "," POSITIVE("down") "}", "depth");
    expect_names("{" VERTICAL("-1540", "-1540") "," POSITIVE("up") "}", "altitude");
    expect_names("{" VERTICAL("1540", "1541") "," POSITIVE("down") "}", "");
}

Test(positions, values_and_attributes)
{
    positions p;
    const char *text = NULL;
    cJSON *doc = parsed("{" LAT("45.93", "45.93") "," VERTICAL("1540", "1540") "," POSITIVE(
        "down") ",\"geospatial_vertical_units\":\"km\"}");
    cJSON *variable = json_object();
    positions_of(&p, doc);
    json_free(doc);
    cr_assert_eq(p.n, 2);
    cr_expect_float_eq(p.at[0].value, 45.93, 1e-12);
    cr_expect_float_eq(p.at[1].value, 1540, 1e-12);
    cr_assert_eq(json_text(&text, p.at[1].attributes, "units", "", NULL), CZ_OK);
    cr_expect_str_eq(text, "km");
    cr_assert_eq(json_text(&text, p.at[1].attributes, "positive", "", NULL), CZ_OK);
    cr_expect_str_eq(text, "down");
    positions_refer(&p, variable);
    cr_assert_eq(json_text(&text, variable, "coordinates", "", NULL), CZ_OK);
    cr_expect_str_eq(text, "lat depth");
    json_free(variable);
    positions_free(&p);
    positions_free(&p);
    cr_expect_eq(p.n, 0);
}

Test(positions, variables_without_positions_have_no_coordinates)
{
    positions p;
    cJSON *variable = json_object();
    positions_of(&p, variable);
    positions_refer(&p, variable);
    cr_expect_null(json_at(variable, "coordinates"));
    json_free(variable);
}
