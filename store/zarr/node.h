/* The metadata objects and chunk keys of an array or group. All differences between the versions of
 * Zarr are here and in array.c and v2.c.
 *
 *               version 3         version 2
 *     array     zarr.json         .zarray, .zattrs
 *     group     zarr.json         .zgroup, .zattrs and, with children, .zmetadata
 *     chunk     c/3, c/3/0/0/0    3, 3.0.0.0
 *
 * Pure; thread-safe. */
#ifndef CZ_STORE_ZARR_NODE_H
#define CZ_STORE_ZARR_NODE_H

#include "store/zarr/zarr.h"

enum { NODE_PARTS_MAX = 3, NODE_CHILDREN_MAX = 24 };

typedef struct zarr_part {
    const char *name; /* of the object, relative to the node */
    cJSON *doc;
} zarr_part;

/* Free with zarr_node_free(). After an allocation failure a document is NULL, or json_print()
 * refuses it. */
typedef struct zarr_node {
    zarr_part part[NODE_PARTS_MAX]; /* the attributes are in the last but .zmetadata */
    size_t n;
} zarr_node;

/* As zarr_array_doc(): takes ownership of inner_codec and attributes. */
void zarr_array_node(zarr_node *out, zarr_format zarr, zarr_array *a);
/* As zarr_group_doc(): takes ownership of attributes. The children, which are copied, are arrays in
 * ascending order of their paths, at most NODE_CHILDREN_MAX. */
typedef struct zarr_node_child {
    const char *path;
    const zarr_node *node;
} zarr_node_child;
void zarr_group_node(zarr_node *out, zarr_format zarr, cJSON *attributes,
                     const zarr_node_child *child, size_t n_children);
void zarr_node_free(zarr_node *n); /* NULL-safe */

/* The name of the object with a node's attributes, and the attributes in its document (NULL if
 * there are none). */
const char *zarr_attributes_name(zarr_format zarr);
const cJSON *zarr_attributes_of(zarr_format zarr, const cJSON *doc);

/* Name i (from 0) of the metadata objects of an array, or of a group with children; NULL after the
 * last. */
const char *zarr_array_part(zarr_format zarr, size_t i);
const char *zarr_group_part(zarr_format zarr, size_t i);

/* The key, relative to the array, of the chunk with first coordinate i and others 0, of n_dims. */
enum { CHUNK_KEY_MAX = 40 };
void zarr_chunk_key(char out[CHUNK_KEY_MAX], zarr_format zarr, uint64_t i, size_t n_dims);

#endif
