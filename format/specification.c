#include "format/specification.h"

#include <stdio.h>

#include "format/attributes.h"
#include "format/layout.h"
#include "format/specification_text.h"
#include "store/zarr/node.h"

#define FOLDER "specification"

/* A text of the specification: the array of this name. */
typedef struct text {
    const char *name, *dim, *about;
    const unsigned char *bytes;
    size_t n;
} text;

enum { N_TEXTS = 2 };

/* One that is there already is kept. */
static int put(object_store *os, const char *key, const void *data, size_t n, cz_error *err)
{
    cz_error why = {0};
    const int rc = os_put(os, key, data, n, OS_CREATE, &why);
    if (rc == CZ_EXISTS)
        return CZ_OK;
    if (rc < 0 && err)
        *err = why;
    return rc;
}

static int put_node(object_store *os, const char *path, const zarr_node *node, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < node->n; i++) {
        char key[KEY_MAX];
        buf doc = {0};
        (void)snprintf(key, sizeof key, "%s/%s", path, node->part[i].name);
        rc = json_print_stored(&doc, node->part[i].doc, err);
        if (rc == CZ_OK)
            rc = put(os, key, doc.at, doc.len, err);
        buf_free(&doc);
    }
    return rc;
}

static void array_node(zarr_node *out, zarr_format zarr, const text *t)
{
    zarr_array a = {.type = ZARR_U8,
                    .n_dims = 1,
                    .shape = {t->n},
                    .chunk = {t->n},
                    .dim = {t->dim},
                    .attributes = json_object()};
    json_add_text(a.attributes, "long_name", t->about);
    json_add_text(a.attributes, "units", "1");
    zarr_array_node(out, zarr, &a);
}

static int put_text(object_store *os, zarr_format zarr, const text *t, const zarr_node *node,
                    cz_error *err)
{
    char path[KEY_MAX], key[KEY_MAX], chunk[CHUNK_KEY_MAX];
    (void)snprintf(path, sizeof path, FOLDER "/%s", t->name);
    zarr_chunk_key(chunk, zarr, 0, 1);
    (void)snprintf(key, sizeof key, FOLDER "/%s/%s", t->name, chunk);
    const int rc = put(os, key, t->bytes, t->n, err);
    return rc == CZ_OK ? put_node(os, path, node, err) : rc;
}

int specification_put(object_store *os, zarr_format zarr, cz_error *err)
{
    const text texts[N_TEXTS] = {
        {"format", "format_byte", "specification of the format of this store, in Markdown",
         specification_format, specification_format_size},
        {"pixels", "pixels_byte", "specification of the pixels of a frame, in Markdown",
         specification_pixels, specification_pixels_size},
    };
    zarr_node node[N_TEXTS], group;
    zarr_node_child child[N_TEXTS];
    cJSON *attributes = json_object();
    int rc = CZ_OK;
    for (size_t i = 0; i < N_TEXTS; i++) {
        array_node(&node[i], zarr, &texts[i]);
        child[i] = (zarr_node_child){texts[i].name, &node[i]};
    }
    json_add_text(attributes, "Conventions", "CF-1.11");
    json_add_text(attributes, "title", "Specification of the format of this store");
    json_add_text(attributes, "history", "camzarr convert");
    attributes_add_kind(attributes, FORMAT_TEXT, FOLDER);
    zarr_group_node(&group, zarr, attributes, child, N_TEXTS);
    for (size_t i = 0; rc == CZ_OK && i < N_TEXTS; i++)
        rc = put_text(os, zarr, &texts[i], &node[i], err);
    if (rc == CZ_OK)
        rc = put_node(os, FOLDER, &group, err);
    for (size_t i = 0; i < N_TEXTS; i++)
        zarr_node_free(&node[i]);
    zarr_node_free(&group);
    return rc;
}
