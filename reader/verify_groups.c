#include "reader/verify_groups.h"

#include <stdio.h>
#include <string.h>

#include "format/upper_groups.h"

enum { DOC_MAX = 1 << 20, PATH_MAX_LEN = 120 };

typedef struct groups_check {
    cz_store *store;
    void (*found)(void *user, const cz_finding *finding);
    void *user;
} groups_check;

static void report(const groups_check *c, int code, const char *key, const char *what)
{
    const cz_finding finding = {.code = code, .key = key, .frame = -1, .what = what};
    c->found(c->user, &finding);
}

/* Dotted path of a member. */
static void join(char out[PATH_MAX_LEN], const char *path, const char *name)
{
    (void)snprintf(out, PATH_MAX_LEN, "%.60s%s%.50s", path, *path ? "." : "", name);
}

/* Whether `is` has all members of `should` and, outside of the attributes, no others. `where`
 * receives the path of the first difference. The recursion is as deep as `should`, a document of
 * camzarr. */
static bool equal(const cJSON *is, const cJSON *should, const char *path, const char *attributes,
                  char where[PATH_MAX_LEN])
{
    const cJSON *member = NULL;
    if (!cJSON_IsObject(should)) {
        (void)snprintf(where, PATH_MAX_LEN, "%s", path);
        return cJSON_Compare(is, should, true);
    }
    cJSON_ArrayForEach(member, should)
    {
        char inside[PATH_MAX_LEN];
        const cJSON *there = cJSON_GetObjectItemCaseSensitive(is, member->string);
        join(inside, path, member->string);
        (void)snprintf(where, PATH_MAX_LEN, "%s", inside);
        if (!there || !equal(there, member, inside, attributes, where))
            return false;
    }
    if (strcmp(path, attributes) == 0)
        return true;
    cJSON_ArrayForEach(member, is)
    {
        join(where, path, member->string);
        if (!cJSON_GetObjectItemCaseSensitive(should, member->string))
            return false;
    }
    return true;
}

/* Path of the attributes in a document; one that matches nothing if it has none. */
static const char *attributes_path(zarr_format zarr, const char *name)
{
    if (zarr == ZARR_V3)
        return "attributes";
    return strcmp(name, zarr_attributes_name(zarr)) == 0 ? "" : "-";
}

static int check_document(const groups_check *c, const char *key, const zarr_part *part,
                          cz_error *err)
{
    char where[PATH_MAX_LEN] = "", what[PATH_MAX_LEN + 64];
    buf text = {0};
    cJSON *doc = NULL;
    cz_error why;
    int rc = os_get_all(c->store->os, key, DOC_MAX, &text, &why);
    if (rc == CZ_OK)
        rc = json_parse(&doc, text.at, text.len, key, &why);
    if (rc == CZ_NOMEM || rc == CZ_UNREACHABLE) {
        if (err)
            *err = why;
    } else if (rc == CZ_ABSENT) {
        report(c, rc, key, "it is missing");
        rc = CZ_OK;
    } else if (rc < 0) {
        const size_t n = strlen(key);
        const bool named = strncmp(why.message, key, n) == 0 && why.message[n] == ':';
        report(c, rc, key, why.message + (named ? n + 2 : 0));
        rc = CZ_OK;
    } else if (!equal(doc, part->doc, "", attributes_path(c->store->zarr, part->name), where)) {
        (void)snprintf(what, sizeof what, "its member %s isn't what camzarr wrote", where);
        report(c, CZ_CORRUPT, key, what);
    }
    json_free(doc);
    buf_free(&text);
    return rc;
}

int verify_groups(cz_store *store, void (*found)(void *user, const cz_finding *finding), void *user,
                  cz_error *err)
{
    const groups_check c = {.store = store, .found = found, .user = user};
    int rc = CZ_OK;
    for (int g = 0; rc == CZ_OK && g < N_UPPER_GROUPS; g++) {
        zarr_node node;
        buf whole = {0};
        upper_group_node(&node, store->zarr, (upper_group)g);
        for (size_t i = 0; rc == CZ_OK && i < node.n; i++) {
            char key[KEY_MAX];
            (void)snprintf(key, sizeof key, "%s%s", upper_group_path((upper_group)g),
                           node.part[i].name);
            whole.len = 0;
            rc = json_print(&whole, node.part[i].doc, true, err); /* memory was short */
            if (rc == CZ_OK)
                rc = check_document(&c, key, &node.part[i], err);
        }
        buf_free(&whole);
        zarr_node_free(&node);
    }
    return rc;
}
