/* Documents of Zarr version 3 (core specification, "Array metadata" and "Group metadata"). */
#include "store/zarr/zarr.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [ZARR_U8] = {"uint8", 1},    [ZARR_U32] = {"uint32", 4},    [ZARR_I64] = {"int64", 8},
    [ZARR_U64] = {"uint64", 8},  [ZARR_F64] = {"float64", 8},   [ZARR_U16] = {"uint16", 2},
    [ZARR_F32] = {"float32", 4}, [ZARR_STRING] = {"string", 1},
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
    json_add(list, NULL, a->type == ZARR_STRING ? bare_extension("vlen-utf8") : bytes_codec());
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
    if (a->type == ZARR_STRING)
        json_add_text(doc, "fill_value", "");
    else
        json_add_u64(doc, "fill_value", a->fill_value);
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

int zarr_array_length(uint64_t *out, const cJSON *doc, const char *what, cz_error *err)
{
    uint64_t version = 0;
    int rc = json_u64(&version, doc, "zarr_format", what, err);
    if (rc < 0)
        return rc;
    if (version != 3)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: Zarr format %" PRIu64, what, version);
    const char *type = cJSON_GetStringValue(json_at(doc, "node_type"));
    if (!type || strcmp(type, "array") != 0)
        return cz_fail(err, CZ_FORMAT, "%s: not an array", what);
    const cJSON *shape = json_at(doc, "shape");
    if (!cJSON_IsArray(shape) || !shape->child || shape->child->next)
        return cz_fail(err, CZ_FORMAT, "%s: shape: expected one dimension", what);
    return json_u64(out, shape->child, "", what, err);
}
