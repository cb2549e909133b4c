/* A node of a hierarchy as the objects that its metadata is kept in. What differs between the
 * versions of Zarr in documents and keys is here and in the two files of documents (zarr.c,
 * zarr_v2.c), and nowhere above.
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

enum { NODE_PARTS_MAX = 3, NODE_CHILDREN_MAX = 16 };

typedef struct zarr_part {
    const char *name; /* of the object, below the node */
    cJSON *doc;
} zarr_part;

/* Free it with zarr_node_free(). When memory was short a document is NULL or what json_print()
 * refuses. */
typedef struct zarr_node {
    zarr_part part[NODE_PARTS_MAX]; /* the last but .zmetadata has the attributes */
    size_t n;
} zarr_node;

/* As zarr_array_doc(): inner_codec and attributes are moved. */
void zarr_array_node(zarr_node *out, zarr_format zarr, zarr_array *a);
/* As zarr_group_doc(): attributes are moved; the children, which stay as they are, are arrays in
 * ascending order of their paths, at most NODE_CHILDREN_MAX. */
typedef struct zarr_node_child {
    const char *path;
    const zarr_node *node;
} zarr_node_child;
void zarr_group_node(zarr_node *out, zarr_format zarr, cJSON *attributes,
                     const zarr_node_child *child, size_t n_children);
void zarr_node_free(zarr_node *n); /* NULL-safe */

/* The object that has a node's attributes, and the attributes in it (NULL without any). */
const char *zarr_attributes_name(zarr_format zarr);
const cJSON *zarr_attributes_of(zarr_format zarr, const cJSON *doc);

/* Name i of the objects that an array or a group with children has, from 0 on; NULL behind the
 * last. */
const char *zarr_array_part(zarr_format zarr, size_t i);
const char *zarr_group_part(zarr_format zarr, size_t i);

/* The key of a chunk below its array, whose first coordinate is i, of n_dims, the others 0. */
enum { CHUNK_KEY_MAX = 40 };
void zarr_chunk_key(char out[CHUNK_KEY_MAX], zarr_format zarr, uint64_t i, size_t n_dims);

#endif
