#include "convert/table_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/attributes.h"

int table_group_put_node(publisher *to, const char *path, const zarr_node *node, size_t n,
                         cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        char rel_key[REL_KEY_MAX];
        (void)snprintf(rel_key, sizeof rel_key, "%.60s%s%s", path, *path ? "/" : "",
                       node->part[i].name);
        rc = publish_doc(to, rel_key, json_copy(node->part[i].doc), err);
    }
    return rc;
}

static int put_only_chunk(publisher *to, const table_group *g, const char *array,
                          const zarr_array *a, void *data, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    buf chunk = {0};
    const size_t element = zarr_type_size(a->type);
    size_t n = 1;
    for (size_t d = 0; d < a->n_dims; d++)
        n *= (size_t)a->shape[d];
    if (n == 0)
        return CZ_OK;
    zarr_little_endian(data, n, element);
    rel_key_first_chunk(rel_key, g->zarr, array, a->n_dims);
    int rc = zarr_encode(&chunk, a, data, n * element, err);
    if (rc == CZ_OK)
        rc = publish_listed(to, rel_key, chunk.at, chunk.len, err);
    buf_free(&chunk);
    return rc;
}

int table_group_put_array(publisher *to, table_group *g, const char *name, zarr_array *a,
                          void *data, cz_error *err)
{
    char array[REL_KEY_MAX];
    (void)snprintf(array, sizeof array, "%s/%s", g->name, name);
    const int rc = data ? put_only_chunk(to, g, array, a, data, err) : CZ_OK;
    zarr_node *node = &g->node[g->n];
    zarr_array_node(node, g->zarr, a);
    (void)snprintf(g->path[g->n], sizeof g->path[0], "%s", name);
    g->child[g->n] = (zarr_node_child){g->path[g->n], node};
    g->n++;
    return rc == CZ_OK ? table_group_put_node(to, array, node, node->n, err) : rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const zarr_node_child *)a)->path, ((const zarr_node_child *)b)->path);
}

/* The documents of the group in the consolidated metadata of the clip. */
static void add_to_clip(const table_group *g, const cJSON *attributes)
{
    if (g->zarr != ZARR_V3 || !g->clip_metadata)
        return;
    json_add(g->clip_metadata, g->name, zarr_group_doc(json_copy(attributes), NULL, 0));
    for (size_t i = 0; i < g->n; i++) {
        char path[REL_KEY_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", g->name, g->child[i].path);
        json_add(g->clip_metadata, path, json_copy(g->child[i].node->part[0].doc));
    }
}

int table_group_put(publisher *to, table_group *g, const char *about, const char *comment,
                    cz_error *err)
{
    zarr_node node;
    char title[CLIP_NAME_MAX + 64];
    cJSON *attributes = json_object();
    (void)snprintf(title, sizeof title, "%s: %s", to->name, about);
    json_add_text(attributes, "Conventions", "CF-1.11");
    json_add_text(attributes, "title", title);
    json_add_text(attributes, "history", "camzarr convert");
    json_add_text(attributes, "comment", comment);
    attributes_add_kind(attributes, g->format ? g->format : FORMAT_TEXT, g->name);
    qsort(g->child, g->n, sizeof *g->child, by_path);
    add_to_clip(g, attributes);
    zarr_group_node(&node, g->zarr, attributes, g->child, g->n);
    const int rc = table_group_put_node(to, g->name, &node, node.n, err);
    zarr_node_free(&node);
    return rc;
}

void table_group_free(table_group *g)
{
    for (size_t i = 0; i < g->n; i++)
        zarr_node_free(&g->node[i]);
}
