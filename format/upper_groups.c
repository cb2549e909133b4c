#include "format/upper_groups.h"

#include "format/layout.h"
#include "format/member_names.h"

static const struct {
    const char *path, *kind, *title;
} groups[N_UPPER_GROUPS] = {
    [GROUP_ROOT] = {"", KIND_STORE, "Frames of ProRes QuickTime movies"},
    [GROUP_CLIPS] = {"clips/", KIND_CLIPS, "A group a clip"},
};

const char *upper_group_path(upper_group g)
{
    return groups[g].path;
}

void upper_group_node(zarr_node *out, zarr_format zarr, upper_group g)
{
    cJSON *attributes = json_object(), *ours = json_object();
    json_add_text(attributes, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(attributes, "title", groups[g].title);
    json_add_text(ours, MEMBER_FORMAT, FORMAT_TEXT);
    json_add_text(ours, MEMBER_KIND, groups[g].kind);
    json_add(attributes, MEMBER_CAMZARR, ours);
    zarr_group_node(out, zarr, attributes, NULL, 0);
}
