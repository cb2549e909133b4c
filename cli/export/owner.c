/* The owner's attributes of an export: those of the store, and those that all of its clips have
 * with equal values, which win. */
#include <string.h>

#include "cli/export/export.h"
#include "format/owner_attributes.h"
#include "reader/reader.h"

static cJSON *of_clip(const cz_clip *clip)
{
    const commit_marker *m = clip->marker;
    return m ? owner_attributes_of(zarr_attributes_of(m->zarr, m->doc)) : json_object();
}

static int of_store(cJSON **out, const export_job *j, cz_error *err)
{
    char *text = NULL;
    int rc = cz_attributes_read(&text, j->store, NULL, err);
    if (rc == CZ_OK)
        rc = json_parse(out, text, strlen(text), "attributes of the store", err);
    cz_attributes_free(&text);
    return rc;
}

cJSON *export_common(const cJSON *a, const cJSON *b)
{
    cJSON *out = json_object();
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, a)
    {
        const cJSON *there = json_at(b, member->string);
        if (there && cJSON_Compare(member, there, true))
            json_add(out, member->string, json_copy(member));
    }
    if (!json_is_whole(a) || !json_is_whole(b))
        json_add(out, NULL, NULL); /* memory was short */
    return out;
}

int export_owner_attributes(cJSON *to, const export_job *j, cz_error *err)
{
    cJSON *root = NULL;
    const cJSON *member = NULL;
    int rc = j->store ? of_store(&root, j, err) : CZ_OK;
    if (rc < 0)
        return rc;
    cJSON *clips = j->n_clips ? of_clip(j->clip[0]) : json_object();
    for (size_t i = 1; i < j->n_clips; i++) {
        cJSON *other = of_clip(j->clip[i]), *both = export_common(clips, other);
        json_free(other);
        json_free(clips);
        clips = both;
    }
    cJSON_ArrayForEach(member, root)
    {
        if (!json_at(clips, member->string))
            json_add(to, member->string, json_copy(member));
    }
    owner_attributes_add(to, clips);
    rc = json_is_whole(clips) ? CZ_OK : cz_fail(err, CZ_NOMEM, "%s: out of memory", j->path);
    json_free(clips);
    json_free(root);
    return rc;
}
