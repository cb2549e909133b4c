#include "store/attributes.h"

#include <stdio.h>
#include <string.h>

#include "store/layout.h"

static const struct {
    int bit;
    const char *meaning;
} flags[] = {
    {CZ_FLAG_SIZE, "size_mismatch"}, {CZ_FLAG_MARK, "no_mark"},
    {CZ_FLAG_HEADER, "bad_header"},  {CZ_FLAG_TRUNCATED, "truncated"},
    {CZ_FLAG_MISSING, "missing"},    {CZ_FLAG_RECOVERED, "recovered"},
    {CZ_FLAG_VARIES, "varies"},
};

static void describe_flags(cJSON *to)
{
    char meanings[160] = "";
    cJSON *masks = json_array();
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        json_add_i64(masks, NULL, flags[i].bit);
        const size_t n = strlen(meanings);
        (void)snprintf(meanings + n, sizeof meanings - n, "%s%s", n ? " " : "", flags[i].meaning);
    }
    json_add(to, "flag_masks", masks);
    json_add_text(to, "flag_meanings", meanings);
}

cJSON *attributes_of_time(void)
{
    cJSON *to = json_object();
    json_add_text(to, "standard_name", "time");
    json_add_text(to, "long_name", "time at which the frame is shown");
    json_add_text(to, "units", "nanoseconds since 1970-01-01");
    json_add_text(to, "calendar", "proleptic_gregorian");
    json_add_text(to, "axis", "T");
    return to;
}

cJSON *attributes_of_column(int c)
{
    static const char *const long_name[N_COLUMNS] = {
        [CZ_SOURCE_OFFSET] = "byte at which the frame began in the source",
        [CZ_SIZE] = "bytes of the frame",
        [CZ_SHARD] = "number of the shard that holds the frame",
        [CZ_SHARD_OFFSET] = "byte at which the frame begins in its shard",
        [CZ_CRC32C] = "CRC-32C of the frame's bytes",
        [CZ_FLAGS] = "what is known to be wrong with the frame; 0 is a sound one",
    };
    if (c == CZ_TIME)
        return attributes_of_time();
    cJSON *to = json_object();
    json_add_text(to, "long_name", long_name[c]);
    if (c == CZ_FLAGS)
        describe_flags(to);
    return to;
}

cJSON *attributes_of_pictures(void)
{
    cJSON *to = json_object();
    json_add_text(to, "long_name", "pictures: red, green, blue");
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
