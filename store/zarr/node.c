#include "store/zarr/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define V3_NAME "zarr.json"
static const char *const v2_array[] = {".zarray", ".zattrs", NULL};
static const char *const v2_group[] = {".zgroup", ".zattrs", ".zmetadata", NULL};

void zarr_array_node(zarr_node *out, zarr_format zarr, zarr_array *a)
{
    if (zarr == ZARR_V3) {
        *out = (zarr_node){{{V3_NAME, zarr_array_doc(a)}}, 1};
        return;
    }
    out->part[0] = (zarr_part){v2_array[0], zarr2_array_doc(a)};
    out->part[1] = (zarr_part){v2_array[1], zarr2_array_attributes(a)};
    out->n = 2;
}

static void add_copy(cJSON *to, const char *path, const zarr_part *part)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s%s%s", path, *path ? "/" : "", part->name);
    json_add(to, key, json_copy(part->doc));
}

/* .zmetadata, a convention of xarray and zarr-python: all documents of the group in one. */
static cJSON *consolidated(const zarr_node *group, const zarr_node_child *child, size_t n)
{
    cJSON *doc = json_object(), *metadata = json_object();
    for (size_t p = 0; p < group->n; p++)
        add_copy(metadata, "", &group->part[p]);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < child[i].node->n; p++)
            add_copy(metadata, child[i].path, &child[i].node->part[p]);
    json_add(doc, "metadata", metadata);
    json_add_u64(doc, "zarr_consolidated_format", 1);
    return doc;
}

void zarr_group_node(zarr_node *out, zarr_format zarr, cJSON *attributes,
                     const zarr_node_child *child, size_t n_children)
{
    if (zarr == ZARR_V3) {
        zarr_child inlined[NODE_CHILDREN_MAX];
        for (size_t i = 0; i < n_children; i++)
            inlined[i] = (zarr_child){child[i].path, child[i].node->part[0].doc};
        *out = (zarr_node){{{V3_NAME, zarr_group_doc(attributes, inlined, n_children)}}, 1};
        return;
    }
    out->part[0] = (zarr_part){v2_group[0], zarr2_group_doc()};
    out->part[1] = (zarr_part){v2_group[1], attributes};
    out->n = 2;
    if (n_children > 0) {
        out->part[2] = (zarr_part){v2_group[2], consolidated(out, child, n_children)};
        out->n = 3;
    }
}

void zarr_node_free(zarr_node *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n; i++)
        json_free(n->part[i].doc);
    *n = (zarr_node){0};
}

const char *zarr_attributes_name(zarr_format zarr)
{
    return zarr == ZARR_V3 ? V3_NAME : v2_group[1];
}

const cJSON *zarr_attributes_of(zarr_format zarr, const cJSON *doc)
{
    return zarr == ZARR_V3 ? json_at(doc, "attributes") : doc;
}

const char *zarr_array_part(zarr_format zarr, size_t i)
{
    if (zarr == ZARR_V3)
        return i == 0 ? V3_NAME : NULL;
    return v2_array[i];
}

const char *zarr_group_part(zarr_format zarr, size_t i)
{
    if (zarr == ZARR_V3)
        return i == 0 ? V3_NAME : NULL;
    return v2_group[i];
}

void zarr_chunk_key(char out[CHUNK_KEY_MAX], zarr_format zarr, uint64_t i, size_t n_dims)
{
    int n = snprintf(out, CHUNK_KEY_MAX, zarr == ZARR_V3 ? "c/%" PRIu64 : "%" PRIu64, i);
    for (size_t d = 1; d < n_dims; d++)
        n += snprintf(out + n, CHUNK_KEY_MAX - (size_t)n, zarr == ZARR_V3 ? "/0" : ".0");
}
