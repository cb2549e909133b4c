#include "format/upper_groups.h"

#include "format/attributes.h"
#include "format/member_names.h"

static const struct {
    const char *path, *kind, *title;
} groups[N_UPPER_GROUPS] = {
    [GROUP_ROOT] = {"", KIND_STORE, "Frames of ProRes QuickTime movies"},
    [GROUP_CLIPS] = {"clips/", KIND_CLIPS, "A group a clip"},
};

/* Where the specification is: in the store itself, and the entry of the codec in the registry of
 * Zarr extensions, whose address does not change. */
#define SPECIFICATION                                                                              \
    "specification/format; "                                                                       \
    "https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/camzarr.prores"

const char *upper_group_path(upper_group g)
{
    return groups[g].path;
}

void upper_group_node(zarr_node *out, zarr_format zarr, upper_group g)
{
    cJSON *attributes = json_object();
    json_add_text(attributes, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(attributes, "title", groups[g].title);
    attributes_add_kind(attributes, FORMAT_TEXT, groups[g].kind);
    if (g == GROUP_ROOT)
        json_add_text(attributes, ATTRIBUTE_SPECIFICATION, SPECIFICATION);
    zarr_group_node(out, zarr, attributes, NULL, 0);
}
