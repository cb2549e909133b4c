/* store/zarr/node.c: documents and keys of both versions of Zarr. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "format/layout.h"

static zarr_array column(void)
{
    zarr_array a;
    column_array(&a, ZARR_V2, CZ_SIZE, 3);
    a.attributes = cJSON_CreateObject();
    json_add_text(a.attributes, "long_name", "bytes");
    return a;
}

static void is_text(const cJSON *doc, const char *want)
{
    buf text = {0};
    cr_assert_eq(json_print(&text, doc, true, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&text), want);
    buf_free(&text);
}

#define ZARRAY                                                                                     \
    "{\"zarr_format\":2,\"shape\":[3],\"chunks\":[3],\"dtype\":\"<u4\",\"compressor\":null,"       \
    "\"fill_value\":null,\"order\":\"C\",\"filters\":null,\"dimension_separator\":\".\"}"
#define ZATTRS "{\"long_name\":\"bytes\",\"_ARRAY_DIMENSIONS\":[\"time\"]}"

Test(zarr_node, array_of_version_2)
{
    zarr_node n;
    zarr_array a = column();
    zarr_array_node(&n, ZARR_V2, &a);
    cr_assert_eq(n.n, 2);
    cr_assert_str_eq(n.part[0].name, ".zarray");
    cr_assert_str_eq(n.part[1].name, ".zattrs");
    is_text(n.part[0].doc, ZARRAY "\n");
    is_text(n.part[1].doc, ZATTRS "\n");
    cr_assert_null(a.attributes);
    zarr_node_free(&n);
    zarr_node_free(&n);
    zarr_node_free(NULL);
}

Test(zarr_node, own_codec_is_a_filter)
{
    zarr_node n;
    zarr_array a = column();
    a.inner_codec = cJSON_CreateObject();
    json_add_text(a.inner_codec, "id", "x");
    zarr_array_node(&n, ZARR_V2, &a);
    is_text(json_at(n.part[0].doc, "filters"), "[{\"id\":\"x\"}]\n");
    cr_assert_null(a.inner_codec);
    zarr_node_free(&n);
}

Test(zarr_node, group_of_version_2_has_all_documents)
{
    zarr_node child, group;
    zarr_array a = column();
    zarr_array_node(&child, ZARR_V2, &a);
    const zarr_node_child list = {"size", &child};
    zarr_group_node(&group, ZARR_V2, cJSON_CreateObject(), &list, 1);
    cr_assert_eq(group.n, 3);
    cr_assert_str_eq(group.part[2].name, ".zmetadata");
    is_text(group.part[2].doc,
            "{\"metadata\":{\".zgroup\":{\"zarr_format\":2},\".zattrs\":{},\"size/.zarray\":" ZARRAY
            ",\"size/.zattrs\":" ZATTRS "},\"zarr_consolidated_format\":1}\n");
    zarr_node_free(&group);
    zarr_group_node(&group, ZARR_V2, cJSON_CreateObject(), NULL, 0);
    cr_assert_eq(group.n, 2, "nothing to consolidate");
    zarr_node_free(&group);
    zarr_node_free(&child);
}

Test(zarr_node, version_3_is_one_document)
{
    zarr_node child, group;
    zarr_array a = column();
    zarr_array_node(&child, ZARR_V3, &a);
    const zarr_node_child list = {"size", &child};
    zarr_group_node(&group, ZARR_V3, cJSON_CreateObject(), &list, 1);
    cr_assert_eq(child.n + group.n, 2);
    cr_assert_str_eq(group.part[0].name, "zarr.json");
    const cJSON *metadata = json_at(group.part[0].doc, "consolidated_metadata.metadata");
    cr_assert(cJSON_Compare(json_at(metadata, "size"), child.part[0].doc, true));
    zarr_node_free(&group);
    zarr_node_free(&child);
}

Test(zarr_node, names_of_parts_equal_those_of_nodes)
{
    for (int zarr = ZARR_V2; zarr <= ZARR_V3; zarr++) {
        zarr_node child, group;
        zarr_array a = column();
        size_t i = 0;
        zarr_array_node(&child, (zarr_format)zarr, &a);
        for (; zarr_array_part((zarr_format)zarr, i); i++)
            cr_assert_str_eq(child.part[i].name, zarr_array_part((zarr_format)zarr, i));
        cr_assert_eq(i, child.n);
        const zarr_node_child list = {"size", &child};
        zarr_group_node(&group, (zarr_format)zarr, cJSON_CreateObject(), &list, 1);
        for (i = 0; zarr_group_part((zarr_format)zarr, i); i++)
            cr_assert_str_eq(group.part[i].name, zarr_group_part((zarr_format)zarr, i));
        cr_assert_eq(i, group.n);
        zarr_node_free(&group);
        zarr_node_free(&child);
    }
}

Test(zarr_node, keys)
{
    char rel_key[REL_KEY_MAX];
    rel_key_shard(rel_key, ZARR_V3, 12);
    cr_assert_str_eq(rel_key, "video/video/c/12/0/0/0");
    rel_key_shard(rel_key, ZARR_V2, UINT64_MAX);
    cr_assert_str_eq(rel_key, "video/video/18446744073709551615.0.0.0");
    rel_key_source_chunk(rel_key, ZARR_V3, 3);
    cr_assert_str_eq(rel_key, "source/bytes/c/3");
    rel_key_source_chunk(rel_key, ZARR_V2, 3);
    cr_assert_str_eq(rel_key, "source/bytes/3");
    rel_key_column(rel_key, ZARR_V3, "index/size");
    cr_assert_str_eq(rel_key, "index/size/c/0");
    rel_key_column(rel_key, ZARR_V2, "index/size");
    cr_assert_str_eq(rel_key, "index/size/0");
}

Test(zarr_node, keys_must_be_canonical)
{
    static const struct {
        zarr_format zarr;
        const char *rel_key;
        bool is;
    } cases[] = {
        {ZARR_V3, "video/video/c/7/0/0/0", true},
        {ZARR_V3, "video/video/7.0.0.0", false},
        {ZARR_V3, "video/video/c/07/0/0/0", false},
        {ZARR_V3, "video/video/c//0/0/0", false},
        {ZARR_V3, "video/video/c/7/0/0", false},
        {ZARR_V3, "video/video/c/7/0/0/0/0", false},
        {ZARR_V2, "video/video/7.0.0.0", true},
        {ZARR_V2, "video/video/c/7/0/0/0", false},
        {ZARR_V2, "video/video/07.0.0.0", false},
        {ZARR_V2, "video/video/7.0.0", false},
        {ZARR_V2, "video/video/", false},
        {ZARR_V2, "video/video/.zarray", false},
        {ZARR_V2, "video/video/99999999999999999999.0.0.0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t n = 0;
        cr_assert_eq(rel_key_is_shard(&n, cases[i].zarr, cases[i].rel_key), cases[i].is, "%s",
                     cases[i].rel_key);
        cr_assert(!cases[i].is || n == 7);
    }
    uint64_t n = 0;
    cr_assert(rel_key_is_source_chunk(&n, ZARR_V2, "source/bytes/4"));
    cr_assert_eq(n, 4);
    cr_assert_not(rel_key_is_source_chunk(&n, ZARR_V2, "source/bytes/c/4"));
}

Test(zarr_node, short_chunk_is_not_padded)
{
    zarr_array a;
    source_bytes_array(&a, ZARR_V2, 100);
    cr_assert_eq(a.chunk[0], 100);
    source_bytes_array(&a, ZARR_V2, 0);
    cr_assert_eq(a.chunk[0], 1);
    source_bytes_array(&a, ZARR_V2, (uint64_t)SOURCE_CHUNK + 1);
    cr_assert_eq(a.chunk[0], SOURCE_CHUNK);
    source_bytes_array(&a, ZARR_V3, 100);
    cr_assert_eq(a.chunk[0], SOURCE_CHUNK);
}
