/* Documents of Zarr version 3: core specification, "Array metadata" and "Group metadata". */
#include "store/zarr/zarr.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [ZARR_U8] = {"uint8", 1},
    [ZARR_U32] = {"uint32", 4},
    [ZARR_I64] = {"int64", 8},
    [ZARR_U64] = {"uint64", 8},
};

size_t zarr_type_size(zarr_type t)
{
    return types[t].size;
}

/* An extension: {"name": ..., "configuration": {...}}. */
static cJSON *extension(const char *name, cJSON *configuration)
{
    cJSON *e = json_object();
    json_add_text(e, "name", name);
    json_add(e, "configuration", configuration);
    return e;
}

static cJSON *bare_extension(const char *name)
{
    cJSON *e = json_object();
    json_add_text(e, "name", name);
    return e;
}

static cJSON *extension_of_text(const char *name, const char *member, const char *text)
{
    cJSON *configuration = json_object();
    json_add_text(configuration, member, text);
    return extension(name, configuration);
}

static cJSON *sizes(const uint64_t *v, size_t n)
{
    cJSON *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_add_u64(list, NULL, v[i]);
    return list;
}

static cJSON *codec_doc(const zarr_codec *c)
{
    cJSON *configuration = json_object();
    switch (c->kind) {
    case ZARR_CRC32C:
        json_free(configuration);
        return bare_extension("crc32c");
    case ZARR_BLOSC:
        json_add_u64(configuration, "typesize", c->typesize);
        json_add_text(configuration, "cname", "zstd");
        json_add_i64(configuration, "clevel", c->level);
        json_add_text(configuration, "shuffle", c->typesize > 1 ? "shuffle" : "noshuffle");
        json_add_u64(configuration, "blocksize", 0);
        return extension("blosc", configuration);
    case ZARR_GZIP:
        json_add_i64(configuration, "level", c->level);
        return extension("gzip", configuration);
    case ZARR_ZSTD:
        json_add_i64(configuration, "level", c->level);
        json_add_bool(configuration, "checksum", false);
        return extension("zstd", configuration);
    }
    json_free(configuration);
    return NULL;
}

static cJSON *bytes_codec(void)
{
    return extension_of_text("bytes", "endian", "little");
}

/* Sharding-indexed codec, "Configuration parameters". */
static cJSON *sharding_codec(zarr_array *a)
{
    cJSON *configuration = json_object();
    cJSON *codecs = json_array(), *index = json_array();
    json_add(codecs, NULL, a->inner_codec);
    a->inner_codec = NULL;
    json_add(index, NULL, bytes_codec());
    json_add(index, NULL, bare_extension("crc32c"));
    json_add(configuration, "chunk_shape", sizes(a->inner, a->n_dims));
    json_add(configuration, "codecs", codecs);
    json_add(configuration, "index_codecs", index);
    json_add_text(configuration, "index_location", "end");
    return extension("sharding_indexed", configuration);
}

static cJSON *codecs_doc(zarr_array *a)
{
    cJSON *list = json_array();
    if (a->sharded) {
        json_add(list, NULL, sharding_codec(a));
        return list;
    }
    json_add(list, NULL, bytes_codec());
    for (size_t i = 0; i < a->n_codecs; i++)
        json_add(list, NULL, codec_doc(&a->codec[i]));
    return list;
}

static cJSON *chunk_grid(const zarr_array *a)
{
    cJSON *configuration = json_object();
    json_add(configuration, "chunk_shape", sizes(a->chunk, a->n_dims));
    return extension("regular", configuration);
}

static cJSON *dimension_names(const zarr_array *a)
{
    cJSON *list = json_array();
    for (size_t i = 0; i < a->n_dims; i++)
        if (a->dim[i])
            json_add_text(list, NULL, a->dim[i]);
        else
            json_add_null(list, NULL);
    return list;
}

static cJSON *node(const char *type)
{
    cJSON *doc = json_object();
    json_add_u64(doc, "zarr_format", 3);
    json_add_text(doc, "node_type", type);
    return doc;
}

cJSON *zarr_array_doc(zarr_array *a)
{
    cJSON *doc = node("array");
    json_add(doc, "shape", sizes(a->shape, a->n_dims));
    json_add_text(doc, "data_type", types[a->type].name);
    json_add(doc, "chunk_grid", chunk_grid(a));
    json_add(doc, "chunk_key_encoding", extension_of_text("default", "separator", "/"));
    json_add_u64(doc, "fill_value", 0);
    json_add(doc, "codecs", codecs_doc(a));
    json_add(doc, "attributes", a->attributes);
    a->attributes = NULL;
    json_add(doc, "dimension_names", dimension_names(a));
    return doc;
}

cJSON *zarr_group_doc(cJSON *attributes, const zarr_child *child, size_t n_children)
{
    cJSON *doc = node("group");
    json_add(doc, "attributes", attributes);
    if (n_children == 0)
        return doc;
    cJSON *metadata = json_object();
    for (size_t i = 0; i < n_children; i++)
        json_add(metadata, child[i].path, json_copy(child[i].doc));
    zarr_group_consolidate(doc, metadata);
    return doc;
}

void zarr_group_consolidate(cJSON *doc, cJSON *metadata)
{
    cJSON *inlined = json_object();
    json_add_text(inlined, "kind", "inline");
    json_add_bool(inlined, "must_understand", false);
    json_add(inlined, "metadata", metadata);
    json_add(doc, "consolidated_metadata", inlined);
}

/* Reading. what and err are those of zarr_array_parse(). */

static int lacking(const char *what, const char *kind, const char *name, cz_error *err)
{
    return cz_fail(err, CZ_UNSUPPORTED, "%s: %s \"%.60s\" isn't supported", what, kind,
                   name ? name : "(of no name)");
}

/* An extension may also be its bare name. NULL: neither. */
static const char *name_of(const cJSON *e)
{
    return cJSON_GetStringValue(cJSON_IsObject(e) ? json_at(e, "name") : e);
}

/* The text of a member, or `absent` where there is none; NULL when it is no text. */
static const char *text_or(const cJSON *at, const char *path, const char *absent)
{
    const cJSON *m = json_at(at, path);
    return m ? cJSON_GetStringValue(m) : absent;
}

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static int parse_sizes(uint64_t out[ZARR_DIM_MAX], size_t *ret_n, const cJSON *at, const char *path,
                       const char *what, cz_error *err)
{
    const cJSON *list = json_at(at, path);
    if (!cJSON_IsArray(list))
        return cz_fail(err, CZ_FORMAT, "%s: %s, a list, is missing", what, path);
    const int n = cJSON_GetArraySize(list);
    if (n > ZARR_DIM_MAX)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: %s: %d dimensions aren't supported", what, path,
                       n);
    size_t i = 0;
    for (const cJSON *m = list->child; m; m = m->next) {
        if (json_u64(&out[i++], m, "", what, NULL) < 0)
            return cz_fail(err, CZ_FORMAT, "%s: %s: not a size", what, path);
    }
    *ret_n = i;
    return CZ_OK;
}

/* As many elements as an int64 counts bytes: what is allowed can be multiplied by everybody. */
static bool volume_fits(const uint64_t *v, size_t n, size_t element)
{
    uint64_t room = (uint64_t)INT64_MAX / element;
    for (size_t i = 0; i < n; i++) {
        if (v[i] > room)
            return false;
        room /= v[i] ? v[i] : 1;
    }
    return true;
}

static int parse_shapes(zarr_array *a, const cJSON *doc, const char *what, cz_error *err)
{
    size_t n = 0;
    int rc = parse_sizes(a->shape, &a->n_dims, doc, "shape", what, err);
    if (rc < 0)
        return rc;
    const char *grid = name_of(json_at(doc, "chunk_grid"));
    if (!is(grid, "regular"))
        return lacking(what, "chunk grid", grid, err);
    rc = parse_sizes(a->chunk, &n, doc, "chunk_grid.configuration.chunk_shape", what, err);
    if (rc < 0)
        return rc;
    bool sound = n == a->n_dims;
    for (size_t i = 0; i < n && sound; i++)
        sound = a->chunk[i] > 0;
    if (!sound)
        return cz_fail(err, CZ_FORMAT, "%s: its chunks don't fit its shape", what);
    const size_t element = zarr_type_size(a->type);
    if (!volume_fits(a->shape, n, element) || !volume_fits(a->chunk, n, element))
        return cz_fail(err, CZ_FORMAT, "%s: larger than anything", what);
    return CZ_OK;
}

static int parse_type(zarr_array *a, const cJSON *doc, const char *what, cz_error *err)
{
    const char *name = name_of(json_at(doc, "data_type"));
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        if (is(name, types[t].name)) {
            a->type = (zarr_type)t;
            return CZ_OK;
        }
    return lacking(what, "data type", name, err);
}

static bool level_within(int *out, const cJSON *e, const char *path, int least, int most)
{
    int64_t v = 0;
    if (json_i64(&v, e, path, "", NULL) < 0 || v < least || v > most)
        return false;
    *out = (int)v;
    return true;
}

static int parse_blosc(zarr_codec *c, const cJSON *e, const char *what, cz_error *err)
{
    const char *cname = text_or(e, "configuration.cname", NULL);
    const char *shuffle = text_or(e, "configuration.shuffle", NULL);
    int typesize = 1;
    if (!is(cname, "zstd"))
        return lacking(what, "blosc's compressor", cname, err);
    if (!is(shuffle, "shuffle") && !is(shuffle, "noshuffle"))
        return lacking(what, "blosc's shuffle", shuffle, err);
    if (!level_within(&c->level, e, "configuration.clevel", 0, 9) ||
        (is(shuffle, "shuffle") && !level_within(&typesize, e, "configuration.typesize", 1, 255)))
        return cz_fail(err, CZ_FORMAT, "%s: blosc: a configuration that can't be", what);
    c->kind = ZARR_BLOSC;
    c->typesize = (size_t)typesize;
    return CZ_OK;
}

/* A codec from bytes to bytes. */
static int parse_codec(zarr_codec *c, const cJSON *e, const char *what, cz_error *err)
{
    const char *name = name_of(e);
    if (is(name, "blosc"))
        return parse_blosc(c, e, what, err);
    bool sound = true;
    if (is(name, "crc32c")) {
        c->kind = ZARR_CRC32C;
    } else if (is(name, "gzip")) {
        c->kind = ZARR_GZIP;
        sound = level_within(&c->level, e, "configuration.level", 0, 9);
    } else if (is(name, "zstd")) {
        c->kind = ZARR_ZSTD;
        sound = level_within(&c->level, e, "configuration.level", -131072, 22);
    } else {
        return lacking(what, "codec", name, err);
    }
    return sound ? CZ_OK : cz_fail(err, CZ_FORMAT, "%s: %s: no such level", what, name);
}

static bool is_little_bytes(const cJSON *e, size_t element)
{
    const char *endian = text_or(e, "configuration.endian", element == 1 ? "little" : NULL);
    return is(name_of(e), "bytes") && (element == 1 || is(endian, "little"));
}

static int parse_sharding(zarr_array *a, const cJSON *e, const char *what, cz_error *err)
{
    size_t n = 0;
    const int rc = parse_sizes(a->inner, &n, e, "configuration.chunk_shape", what, err);
    if (rc < 0)
        return rc;
    bool sound = n == a->n_dims;
    for (size_t i = 0; i < n && sound; i++)
        sound = a->inner[i] > 0 && a->chunk[i] % a->inner[i] == 0;
    if (!sound)
        return cz_fail(err, CZ_FORMAT, "%s: its inner chunks don't fit its shards", what);
    const char *location = text_or(e, "configuration.index_location", "end");
    if (!is(location, "end"))
        return lacking(what, "a shard index at the", location, err);
    const cJSON *index = json_at(e, "configuration.index_codecs");
    if (cJSON_GetArraySize(index) != 2 || !is_little_bytes(index->child, sizeof(uint64_t)) ||
        !is(name_of(index->child->next), "crc32c"))
        return cz_fail(err, CZ_UNSUPPORTED,
                       "%s: a shard index in other codecs than bytes and crc32c", what);
    a->sharded = true;
    return CZ_OK;
}

static int parse_codecs(zarr_array *a, const cJSON *doc, const char *what, cz_error *err)
{
    const cJSON *list = json_at(doc, "codecs");
    const cJSON *first = cJSON_IsArray(list) ? list->child : NULL;
    if (!first)
        return cz_fail(err, CZ_FORMAT, "%s: codecs, a list, is missing", what);
    if (is(name_of(first), "sharding_indexed")) {
        const int rc = parse_sharding(a, first, what, err);
        return rc < 0 || !first->next
                   ? rc
                   : lacking(what, "after sharding the codec", name_of(first->next), err);
    }
    if (!is(name_of(first), "bytes"))
        return lacking(what, "codec", name_of(first), err);
    if (!is_little_bytes(first, zarr_type_size(a->type)))
        return lacking(what, "byte order", text_or(first, "configuration.endian", NULL), err);
    for (const cJSON *e = first->next; e; e = e->next) {
        zarr_codec c = {0};
        const int rc = parse_codec(&c, e, what, err);
        if (rc < 0)
            return rc;
        if (a->n_codecs > (c.kind == ZARR_CRC32C) ||
            (a->n_codecs && a->codec[0].kind == ZARR_CRC32C))
            return lacking(what, "at its place the codec", name_of(e), err);
        a->codec[a->n_codecs++] = c;
    }
    return CZ_OK;
}

/* Core specification, "Extension points": what one doesn't know must not be passed over, unless it
 * says so itself. */
static int check_members(const cJSON *doc, const char *what, cz_error *err)
{
    static const char *const known[] = {
        "zarr_format", "node_type",  "shape",  "data_type",       "chunk_grid",
        "fill_value",  "attributes", "codecs", "dimension_names", "chunk_key_encoding",
    };
    for (const cJSON *m = doc->child; m; m = m->next) {
        bool found = cJSON_IsFalse(json_at(m, "must_understand")) ||
                     (is(m->string, "storage_transformers") && cJSON_IsArray(m) && !m->child);
        for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++)
            found = is(m->string, known[i]);
        if (!found)
            return lacking(what, "the member", m->string, err);
    }
    return CZ_OK;
}

static int check_keys_and_fill(const cJSON *doc, const char *what, cz_error *err)
{
    const cJSON *keys = json_at(doc, "chunk_key_encoding");
    const char *separator = text_or(keys, "configuration.separator", "/");
    if (!is(name_of(keys), "default"))
        return lacking(what, "chunk key encoding", name_of(keys), err);
    if (!is(separator, "/"))
        return lacking(what, "separator", separator, err);
    uint64_t fill = 0;
    const int rc = json_u64(&fill, doc, "fill_value", what, err);
    if (rc < 0)
        return rc;
    return fill ? cz_fail(err, CZ_UNSUPPORTED, "%s: a fill value other than 0", what) : CZ_OK;
}

int zarr_array_parse(zarr_array *out, const cJSON *doc, const char *what, cz_error *err)
{
    *out = (zarr_array){0};
    zarr_array a = {0};
    uint64_t version = 0;
    int rc = json_u64(&version, doc, "zarr_format", what, err);
    if (rc < 0)
        return rc;
    if (version != 3)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: Zarr format %" PRIu64, what, version);
    if (!is(text_or(doc, "node_type", NULL), "array"))
        return cz_fail(err, CZ_FORMAT, "%s: not an array", what);
    if ((rc = check_members(doc, what, err)) < 0 || (rc = parse_type(&a, doc, what, err)) < 0 ||
        (rc = parse_shapes(&a, doc, what, err)) < 0 ||
        (rc = check_keys_and_fill(doc, what, err)) < 0 ||
        (rc = parse_codecs(&a, doc, what, err)) < 0)
        return rc;
    *out = a;
    return CZ_OK;
}
