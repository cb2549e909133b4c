/* A group of arrays of a clip while it is published: first its arrays, then the group's own
 * document, whose consolidated metadata has theirs.
 *
 *     table_group g = {.name = "index", .zarr = zarr, .clip_metadata = metadata};
 *     rc = table_group_put_array(to, &g, "size", &array, values, &err);      // each array
 *     rc = table_group_put(to, &g, "index of the frames", "A row a frame.", &err);
 *     table_group_free(&g);
 *
 * Used by one thread. */
#ifndef CZ_CONVERT_TABLE_GROUP_H
#define CZ_CONVERT_TABLE_GROUP_H

#include "convert/publish.h"
#include "store/zarr/node.h"

typedef struct table_group {
    const char *name;
    const char *format; /* version of the format that the group has; NULL: FORMAT_TEXT */
    zarr_format zarr;
    cJSON *clip_metadata; /* gets the documents of the group, too; NULL: it does not */
    char path[NODE_CHILDREN_MAX][24];
    zarr_node node[NODE_CHILDREN_MAX];
    zarr_node_child child[NODE_CHILDREN_MAX];
    size_t n;
} table_group;

/* Publish the first n documents of a node at a path below the clip's folder. Errors: NOMEM, and the
 * store's. */
int table_group_put_node(publisher *to, const char *path, const zarr_node *node, size_t n,
                         cz_error *err);
/* Publish an array of the group, at most NODE_CHILDREN_MAX: its documents and, if it has data, its
 * chunk, the only one. The data are converted to little-endian order in place; the array's
 * attributes are moved. Errors: the same. */
int table_group_put_array(publisher *to, table_group *g, const char *name, zarr_array *a,
                          void *data, cz_error *err);
/* Publish the group's own documents; `about` follows the clip's name in its title. Errors: the
 * same. */
int table_group_put(publisher *to, table_group *g, const char *about, const char *comment,
                    cz_error *err);
void table_group_free(table_group *g);

#endif
