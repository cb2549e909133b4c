#include "format/owner_attributes.h"

#include <string.h>

#include "format/member_names.h"

#define SECTION_STORE "store"
#define SECTION_CLIPS "clips"

/* ---- Names ---------------------------------------------------------------------------------- */

/* Written by camzarr into a clip, into the root or into an export, or with a meaning of their own
 * in Zarr and netCDF libraries. A '*' at the end stands for any characters. */
static const char *const reserved[] = {
    "camzarr*", /* the attributes in member_names.h */
    "Conventions",       "title",           "summary",     "source",
    "source_md5",        "history",         "codec",       "frame_rate",
    "interlace",         "time_coverage_*", SECTION_STORE, SECTION_CLIPS,
    "_ARRAY_DIMENSIONS", "_FillValue",      "_NC*",        "_nc3_*",
};

bool owner_attributes_is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        const size_t n = strcspn(reserved[i], "*");
        if (strncmp(name, reserved[i], n) == 0 && (reserved[i][n] == '*' || name[n] == '\0'))
            return true;
    }
    return false;
}

/* Those of Zarr and netCDF libraries begin with "_". */
int owner_attributes_refuse(const char *what, const char *name, cz_error *err)
{
    const char *who = name[0] == '_' ? "Zarr and netCDF libraries write" : "camzarr itself writes";
    cz_fail(err, CZ_USAGE, "%s: \"%.80s\": reserved: %s this attribute", what, name, who);
    cz_hint(err, "leave it out");
    return CZ_USAGE;
}

static bool name_is_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const size_t n = strlen(name);
    return n > 0 && n <= OWNER_NAME_MAX && strspn(name, letters) > 0 && strspn(name, others) == n;
}

/* ---- Values --------------------------------------------------------------------------------- */

static bool is_number(const cJSON *value)
{
    uint64_t u;
    int64_t i;
    return cJSON_IsNumber(value) || json_u64(&u, value, "", "", NULL) == CZ_OK ||
           json_i64(&i, value, "", "", NULL) == CZ_OK;
}

/* A string, a number, or an array of either kind. */
static bool value_is_valid(const cJSON *value)
{
    const cJSON *item = NULL;
    if (!cJSON_IsArray(value))
        return cJSON_IsString(value) || is_number(value);
    const bool strings = cJSON_IsString(value->child);
    cJSON_ArrayForEach(item, value)
    {
        if (strings ? !cJSON_IsString(item) : !is_number(item))
            return false;
    }
    return value->child != NULL;
}

static int check_members(const cJSON *attributes, const char *what, cz_error *err)
{
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, attributes)
    {
        const char *name = member->string;
        if (!name_is_valid(name)) {
            cz_fail(err, CZ_USAGE, "%s: \"%.80s\": invalid name of an attribute", what, name);
            cz_hint(err, "letters, digits and _, not beginning with a digit; at most %d",
                    OWNER_NAME_MAX);
            return CZ_USAGE;
        }
        if (owner_attributes_is_reserved(name))
            return owner_attributes_refuse(what, name, err);
        if (!value_is_valid(member))
            return cz_fail(err, CZ_USAGE,
                           "%s: \"%s\": not a string, a number, or an array of strings or of "
                           "numbers",
                           what, name);
    }
    return CZ_OK;
}

/* ---- The file ------------------------------------------------------------------------------- */

static int check_section(const cJSON *section, const char *what, cz_error *err)
{
    if (!cJSON_IsObject(section))
        return cz_fail(err, CZ_USAGE, "%s: \"%s\": not an object of attributes", what,
                       section->string);
    return check_members(section, what, err);
}

/* A document with a section has no attributes beside it. */
static int check_sections(const cJSON *doc, const char *what, cz_error *err)
{
    const cJSON *member = NULL;
    int rc = CZ_OK;
    cJSON_ArrayForEach(member, doc)
    {
        if (strcmp(member->string, SECTION_STORE) != 0 &&
            strcmp(member->string, SECTION_CLIPS) != 0)
            return cz_fail(err, CZ_USAGE,
                           "%s: \"%.80s\": beside the sections \"store\" and \"clips\", not in one",
                           what, member->string);
        if ((rc = check_section(member, what, err)) < 0)
            return rc;
    }
    return CZ_OK;
}

static int check_document(owner_attributes *a, const char *what, cz_error *err)
{
    if (!cJSON_IsObject(a->doc))
        return cz_fail(err, CZ_USAGE, "%s: not a JSON object of attributes", what);
    a->store = json_at(a->doc, SECTION_STORE);
    a->clips = json_at(a->doc, SECTION_CLIPS);
    if (a->store || a->clips)
        return check_sections(a->doc, what, err);
    a->plain = a->doc;
    return check_members(a->doc, what, err);
}

int owner_attributes_parse(owner_attributes *out, const void *text, size_t n, const char *what,
                           cz_error *err)
{
    cz_error why;
    *out = (owner_attributes){0};
    if (n > OWNER_BYTES_MAX)
        return cz_fail(err, CZ_USAGE, "%s: more than %d bytes of attributes", what,
                       OWNER_BYTES_MAX);
    int rc = json_parse(&out->doc, text, n, what, &why);
    if (rc == CZ_FORMAT)
        return cz_fail(err, CZ_USAGE, "%s", why.message);
    if (rc < 0)
        return cz_fail(err, rc, "%s", why.message);
    return check_document(out, what, err);
}

void owner_attributes_free(owner_attributes *a)
{
    json_free(a->doc);
    *a = (owner_attributes){0};
}

const cJSON *owner_attributes_for_clip(const owner_attributes *a)
{
    return a->plain ? a->plain : a->clips;
}

const cJSON *owner_attributes_for_root(const owner_attributes *a)
{
    return a->plain ? a->plain : a->store;
}

/* ---- In a group's attributes ---------------------------------------------------------------- */

cJSON *owner_attributes_of(const cJSON *attributes)
{
    const cJSON *member = NULL;
    cJSON *out = json_object();
    cJSON_ArrayForEach(member, attributes)
    {
        if (!owner_attributes_is_reserved(member->string) && value_is_valid(member))
            json_add(out, member->string, json_copy(member));
    }
    return out;
}

void owner_attributes_add(cJSON *to, const cJSON *owner)
{
    const cJSON *member = NULL;
    if (owner && !json_is_whole(owner))
        json_add(to, NULL, NULL); /* memory was short: `to` cannot be printed either */
    cJSON_ArrayForEach(member, owner)
    {
        json_add(to, member->string, json_copy(member));
    }
}

cJSON *owner_attributes_replace(zarr_format zarr, const cJSON *doc, const cJSON *owner)
{
    const cJSON *member = NULL, *before = zarr_attributes_of(zarr, doc);
    cJSON *attributes = json_object(), *out = json_object();
    cJSON_ArrayForEach(member, before)
    {
        if (owner_attributes_is_reserved(member->string) &&
            strcmp(member->string, MEMBER_CAMZARR) != 0)
            json_add(attributes, member->string, json_copy(member));
    }
    owner_attributes_add(attributes, owner);
    if (json_at(before, MEMBER_CAMZARR))
        json_add(attributes, MEMBER_CAMZARR, json_copy(json_at(before, MEMBER_CAMZARR)));
    if (zarr == ZARR_V2) {
        json_free(out);
        return attributes;
    }
    cJSON_ArrayForEach(member, doc)
    {
        const bool is_attributes = strcmp(member->string, MEMBER_ATTRIBUTES) == 0;
        json_add(out, member->string, json_copy(is_attributes ? attributes : member));
    }
    json_free(attributes);
    return out;
}
