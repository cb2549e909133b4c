/* The documents of the two groups above the clips, the root and clips/, for store_root_prepare()
 * and cz_verify(). Pure; thread-safe. */
#ifndef CZ_FORMAT_UPPER_GROUPS_H
#define CZ_FORMAT_UPPER_GROUPS_H

#include "store/zarr/node.h"

typedef enum upper_group { GROUP_ROOT, GROUP_CLIPS } upper_group;
enum { N_UPPER_GROUPS = 2 };

/* The group's key prefix, "" or "clips/". */
const char *upper_group_path(upper_group g);
/* As zarr_group_node(). Free it with zarr_node_free(). */
void upper_group_node(zarr_node *out, zarr_format zarr, upper_group g);

#endif
