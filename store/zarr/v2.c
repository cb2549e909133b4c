/* Documents of Zarr version 2: storage specification, "Arrays", "Groups", "Attributes"; and
 * dimension names where xarray and netCDF-C look for them (NCZarr and xarray: _ARRAY_DIMENSIONS).
 */
#include "store/zarr/zarr.h"

static const char *const dtypes[] = {
    [ZARR_U8] = "|u1",  [ZARR_U32] = "<u4", [ZARR_I64] = "<i8", [ZARR_U64] = "<u8",
    [ZARR_F64] = "<f8", [ZARR_U16] = "<u2", [ZARR_F32] = "<f4", [ZARR_STRING] = "|O",
};

static cJSON *sizes(const uint64_t *v, size_t n)
{
    cJSON *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_add_u64(list, NULL, v[i]);
    return list;
}

/* The inner codec is a filter. It could be the compressor, too, but VirtualiZarr converts only
 * filters to version 3. */
static void add_filters(cJSON *doc, zarr_array *a)
{
    cJSON *codec = a->inner_codec;
    if (a->type == ZARR_STRING) {
        codec = json_object();
        json_add_text(codec, "id", "vlen-utf8");
    }
    if (!codec) {
        json_add_null(doc, "filters");
        return;
    }
    cJSON *list = json_array();
    json_add(list, NULL, codec);
    json_add(doc, "filters", list);
    a->inner_codec = NULL;
}

cJSON *zarr2_array_doc(zarr_array *a)
{
    cJSON *doc = json_object();
    json_add_u64(doc, "zarr_format", 2);
    json_add(doc, "shape", sizes(a->shape, a->n_dims));
    json_add(doc, "chunks", sizes(a->chunk, a->n_dims));
    json_add_text(doc, "dtype", dtypes[a->type]);
    json_add_null(doc, "compressor");
    /* xarray would treat 0 as missing values, and convert integers to floats. */
    json_add_null(doc, "fill_value");
    json_add_text(doc, "order", "C");
    add_filters(doc, a);
    json_add_text(doc, "dimension_separator", ".");
    return doc;
}

cJSON *zarr2_array_attributes(zarr_array *a)
{
    cJSON *attributes = a->attributes, *dims = json_array();
    a->attributes = NULL;
    for (size_t i = 0; i < a->n_dims; i++)
        json_add_text(dims, NULL, a->dim[i]);
    json_add(attributes, "_ARRAY_DIMENSIONS", dims);
    return attributes;
}

cJSON *zarr2_group_doc(void)
{
    cJSON *doc = json_object();
    json_add_u64(doc, "zarr_format", 2);
    return doc;
}
