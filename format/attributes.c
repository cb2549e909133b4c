#include "format/attributes.h"

#include <stdio.h>
#include <string.h>

#include "format/member_names.h"

static void describe_flags(cJSON *to)
{
    char meanings[160] = "";
    cJSON *masks = json_array();
    const char *name;
    for (int i = 0; (name = cz_flag_name(i)); i++) {
        json_add_i64(masks, NULL, 1 << i);
        const size_t n = strlen(meanings);
        (void)snprintf(meanings + n, sizeof meanings - n, "%s%s", n ? " " : "", name);
    }
    json_add(to, "flag_masks", masks);
    json_add_text(to, "flag_meanings", meanings);
}

void attributes_add_kind(cJSON *to, const char *format, const char *kind)
{
    json_add_text(to, ATTRIBUTE_FORMAT, format);
    json_add_text(to, ATTRIBUTE_KIND, kind);
}

cJSON *attributes_of_time(void)
{
    cJSON *to = json_object();
    json_add_text(to, "standard_name", "time");
    json_add_text(to, "long_name", cz_column_description(CZ_TIME));
    json_add_text(to, "units", "nanoseconds since 1970-01-01");
    json_add_text(to, "calendar", "proleptic_gregorian");
    json_add_text(to, "units_metadata", "leap_seconds: none");
    json_add_text(to, "axis", "T");
    return to;
}

/* A unit of UDUNITS, as CF requires; NULL: flags have none. */
static const char *units_of_column(int c)
{
    switch ((cz_column)c) {
    case CZ_SOURCE_OFFSET:
    case CZ_SIZE:
    case CZ_SHARD_OFFSET:
        return "byte";
    case CZ_FLAGS:
        return NULL;
    default:
        return "1";
    }
}

cJSON *attributes_of_column(int c)
{
    if (c == CZ_TIME)
        return attributes_of_time();
    cJSON *to = json_object();
    json_add_text(to, "long_name", cz_column_description((cz_column)c));
    json_add_optional_text(to, "units", units_of_column(c));
    if (c == CZ_FLAGS)
        describe_flags(to);
    return to;
}

cJSON *attributes_of_axis(video_axis axis)
{
    cJSON *to = json_object();
    json_add_text(to, "long_name",
                  axis == VIDEO_Y ? "row of the pixel, counted from the bottom"
                                  : "column of the pixel, counted from the left");
    json_add_text(to, "units", "1");
    return to;
}

cJSON *attributes_of_pictures(void)
{
    cJSON *to = json_object();
    json_add_text(to, "long_name", "pictures: red, green, blue");
    json_add_text(to, "units", "1");
    return to;
}

const char *prores_matrix_name(uint32_t code, uint32_t height)
{
    switch (code) {
    case 1:
        return "bt709";
    case 5:
    case 6:
        return "bt601";
    case 9:
    case 10:
        return "bt2020";
    default:
        return height >= 720 ? "bt709" : "bt601";
    }
}

cJSON *prores_codec_doc(zarr_format zarr, const char *matrix, uint32_t width, uint32_t height)
{
    static const char name[] = "camzarr.prores";
    cJSON *codec = json_object();
    cJSON *configuration = zarr == ZARR_V2 ? codec : json_object();
    json_add_text(codec, zarr == ZARR_V2 ? "id" : "name", name);
    json_add_u64(configuration, "version", 1);
    json_add_text(configuration, "layout", "rgb24");
    json_add_text(configuration, "matrix", matrix);
    json_add_text(configuration, "range", "limited");
    json_add_text(configuration, "fields", "weave");
    if (zarr == ZARR_V2) {
        json_add_u64(configuration, "height", height);
        json_add_u64(configuration, "width", width);
    } else {
        json_add(codec, "configuration", configuration);
    }
    return codec;
}
