/* netCDF-4, by netCDF-C: the index of a clip, or some of its frames as pictures.
 *
 * The file is assembled in memory, since HDF5 crashes when it cannot write a file. One picture is
 * one chunk. The output is deterministic: the same clip and libraries give the same bytes. */
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdlib.h>
#include <string.h>

#include "cli/export/export.h"
#include "cli/fetch.h"
#include "cli/select_frames.h"
#include "cli/picture/picture.h"
#include "cli/say.h"
#include "cli/view_arg.h"
#include "format/attributes.h"
#include "format/layout.h"
#include "format/positions.h"

enum { DEFLATE = 4, CHUNK_ROWS = 1 << 16, PLANES = 4 };
static const uint64_t SAMPLES_MAX = UINT64_C(4) << 30; /* bytes of pictures, before compression */

typedef struct netcdf_file {
    const export_job *j;
    cz_clip *clip;
    int id; /* netCDF's */
    int time_dim;
    uint64_t *frame; /* the exported ones, in order */
    size_t n;
    cz_view view;
    cz_shape shape;
    int picture[PLANES]; /* variables: one for pixels, else one per plane */
    size_t n_pictures, written;
    int n_variables, n_attributes; /* defined so far */
    positions place;
} netcdf_file;

static int failed(const netcdf_file *f, int status, cz_error *err)
{
    return cz_fail(err, status == NC_ENOMEM ? CZ_NOMEM : CZ_IO, "%s: %s", f->j->path,
                   nc_strerror(status));
}

static int define_var(netcdf_file *f, const char *name, nc_type type, int n_dims, const int *dims,
                      int *out)
{
    const int status = nc_def_var(f->id, name, type, n_dims, dims, out);
    f->n_variables += status == NC_NOERR;
    return status;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

/* An array of numbers gets the type of its variable, which CF requires of flags. */
static int put_numbers(const netcdf_file *f, int var, const char *name, const cJSON *list,
                       nc_type type)
{
    int v[16];
    size_t n = 0;
    for (const cJSON *item = list->child; item && n < sizeof v / sizeof *v; item = item->next)
        v[n++] = item->valueint;
    return nc_put_att_int(f->id, var, name, type, n, v);
}

typedef struct owner_numbers {
    const char *name;
    const cJSON *first; /* a number, or those of an array */
    size_t n;
} owner_numbers;

/* The narrowest of int, int64, uint64 and double that holds all numbers. */
static nc_type type_of_numbers(const owner_numbers *a)
{
    bool ints = true, i64s = true, u64s = true;
    size_t i = 0;
    for (const cJSON *item = a->first; i < a->n; item = item->next, i++) {
        int64_t signed_value = 0;
        uint64_t value;
        const bool fits = json_i64(&signed_value, item, "", "", NULL) == CZ_OK;
        i64s = i64s && fits;
        ints = ints && fits && signed_value >= INT32_MIN && signed_value <= INT32_MAX;
        u64s = u64s && json_u64(&value, item, "", "", NULL) == CZ_OK;
    }
    return ints ? NC_INT : i64s ? NC_INT64 : u64s ? NC_UINT64 : NC_DOUBLE;
}

static double to_double(const cJSON *item)
{
    int64_t i = 0;
    uint64_t u = 0;
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    if (json_i64(&i, item, "", "", NULL) == CZ_OK)
        return (double)i;
    (void)json_u64(&u, item, "", "", NULL);
    return (double)u;
}

static int put_owner_numbers(const netcdf_file *f, const owner_numbers *a)
{
    const nc_type type = type_of_numbers(a);
    int status = NC_ENOMEM;
    size_t i = 0;
    union {
        int64_t i64;
        uint64_t u64;
        double real;
    } *const v = calloc(a->n, sizeof *v);
    if (!v)
        return status;
    for (const cJSON *item = a->first; i < a->n; item = item->next, i++)
        if (type == NC_DOUBLE)
            v[i].real = to_double(item);
        else if (type == NC_UINT64)
            (void)json_u64(&v[i].u64, item, "", "", NULL);
        else
            (void)json_i64(&v[i].i64, item, "", "", NULL);
    if (type == NC_DOUBLE)
        status = nc_put_att_double(f->id, NC_GLOBAL, a->name, type, a->n, &v->real);
    else if (type == NC_UINT64)
        status = nc_put_att_ulonglong(f->id, NC_GLOBAL, a->name, type, a->n,
                                      (const unsigned long long *)(const void *)v);
    else
        status = nc_put_att_longlong(f->id, NC_GLOBAL, a->name, type, a->n,
                                     (const long long *)(const void *)v);
    free(v);
    return status;
}

static int put_owner_strings(const netcdf_file *f, const cJSON *list)
{
    const size_t n = (size_t)cJSON_GetArraySize(list);
    size_t i = 0;
    const char **text = calloc(n, sizeof *text);
    if (!text)
        return NC_ENOMEM;
    for (const cJSON *item = list->child; item; item = item->next)
        text[i++] = item->valuestring;
    const int status = nc_put_att_string(f->id, NC_GLOBAL, list->string, n, text);
    free(text);
    return status;
}

/* An attribute of the file: of those that the owner gives, all kinds are possible. */
static int put_global(const netcdf_file *f, const cJSON *a)
{
    const bool is_array = cJSON_IsArray(a);
    if (is_array && cJSON_IsString(a->child))
        return put_owner_strings(f, a);
    const owner_numbers numbers = {a->string, is_array ? a->child : a,
                                   is_array ? (size_t)cJSON_GetArraySize(a) : 1};
    return put_owner_numbers(f, &numbers);
}

static bool is_empty_array(const cJSON *a)
{
    return cJSON_IsArray(a) && !a->child;
}

/* Attributes of a JSON document: texts and arrays of numbers; moved. */
static int put_attributes(netcdf_file *f, int var, nc_type type, cJSON *doc, cz_error *err)
{
    int status = json_is_whole(doc) ? NC_NOERR : NC_ENOMEM;
    const cJSON *a = status == NC_NOERR ? doc->child : NULL;
    for (; a && status == NC_NOERR; a = a->next) {
        if (is_empty_array(a))
            continue;
        if (cJSON_IsString(a))
            status = nc_put_att_text(f->id, var, a->string, strlen(a->valuestring), a->valuestring);
        else if (var == NC_GLOBAL)
            status = put_global(f, a);
        else if (cJSON_IsArray(a))
            status = put_numbers(f, var, a->string, a, type);
        else
            continue;
        f->n_attributes++;
    }
    json_free(doc);
    return status == NC_NOERR ? CZ_OK : failed(f, status, err);
}

/* ---- The index ------------------------------------------------------------------------------- */

static nc_type type_of(zarr_type t)
{
    static const nc_type types[] = {
        [ZARR_U8] = NC_UBYTE,   [ZARR_U32] = NC_UINT,   [ZARR_I64] = NC_INT64,
        [ZARR_U64] = NC_UINT64, [ZARR_F64] = NC_DOUBLE,
    };
    return types[t];
}

/* A variable with one value per frame. attributes are moved. */
static int put_rows(netcdf_file *f, const char *name, nc_type type, cJSON *attributes,
                    const void *values, cz_error *err)
{
    int var = 0;
    const size_t chunk = f->n < CHUNK_ROWS ? f->n : CHUNK_ROWS;
    if (strcmp(name, cz_column_name(CZ_TIME)) != 0)
        positions_refer(&f->place, attributes);
    int status = define_var(f, name, type, 1, &f->time_dim, &var);
    if (status == NC_NOERR)
        status = nc_def_var_chunking(f->id, var, NC_CHUNKED, &chunk);
    if (status == NC_NOERR)
        status = nc_def_var_deflate(f->id, var, 1, 1, DEFLATE);
    if (status != NC_NOERR) {
        json_free(attributes);
        return failed(f, status, err);
    }
    const int rc = put_attributes(f, var, type, attributes, err);
    if (rc < 0)
        return rc;
    status = nc_put_var(f->id, var, values);
    return status == NC_NOERR ? CZ_OK : failed(f, status, err);
}

/* The rows of the selected frames. */
static int put_column(netcdf_file *f, int c, cz_error *err)
{
    const void *all = NULL;
    const zarr_type type = column_value_type(c);
    const size_t element = zarr_type_size(type);
    int rc = cz_column_read(&all, f->clip, (cz_column)c, err);
    if (rc < 0)
        return rc;
    uint8_t *values = malloc(f->n * element);
    if (!values)
        return cz_fail_memory(err, "%s", f->j->path);
    for (size_t i = 0; i < f->n; i++) {
        memcpy(values + i * element, (const uint8_t *)all + f->frame[i] * element, element);
        if (c == CZ_TIME)
            rc = cz_field_time((int64_t *)(void *)values + i, f->clip, f->view.fields, f->frame[i],
                               err);
    }
    if (rc == CZ_OK)
        rc = put_rows(f, cz_column_name((cz_column)c), type_of(type), attributes_of_column(c),
                      values, err);
    free(values);
    return rc;
}

static int put_frame_numbers(netcdf_file *f, cz_error *err)
{
    cJSON *attributes = json_object();
    json_add_text(attributes, "long_name", "number of the frame in its clip");
    json_add_text(attributes, "units", "1");
    return put_rows(f, "frame", NC_UINT64, attributes, f->frame, err);
}

/* All columns of the index or, with pictures, those that describe frames, not shards. */
static int put_index(netcdf_file *f, cz_error *err)
{
    int rc = CZ_OK;
    for (int c = 0; rc == CZ_OK && c < N_COLUMNS; c++)
        if (!f->j->o->frames || (c != CZ_SHARD && c != CZ_SHARD_OFFSET))
            rc = put_column(f, c, err);
    return rc == CZ_OK ? put_frame_numbers(f, err) : rc;
}

/* Scalar coordinates. */
static int put_positions(netcdf_file *f, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < f->place.n; i++) {
        int var = 0;
        position *p = &f->place.at[i];
        int status = define_var(f, p->name, NC_DOUBLE, 0, NULL, &var);
        if (status == NC_NOERR)
            rc = put_attributes(f, var, NC_DOUBLE, json_copy(p->attributes), err);
        if (status == NC_NOERR && rc == CZ_OK)
            status = nc_put_var_double(f->id, var, &p->value);
        if (status != NC_NOERR)
            rc = failed(f, status, err);
    }
    return rc;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static int define_dim(const netcdf_file *f, int *out, const char *name, size_t n)
{
    const int status = nc_inq_dimid(f->id, name, out);
    return status == NC_EBADDIM ? nc_def_dim(f->id, name, n, out) : status;
}

/* Dimensions of a variable for plane p: (time, y, x) and the channels of pixels. */
static int define_dims(const netcdf_file *f, size_t p, int dim[4], size_t chunk[4], int *n)
{
    const unsigned channels = cz_layout_channels(f->view.layout);
    const bool narrow = f->shape.plane[p].width != f->shape.width;
    chunk[0] = 1;
    chunk[1] = f->shape.plane[p].height;
    chunk[2] = f->shape.plane[p].width;
    chunk[3] = channels;
    dim[0] = f->time_dim;
    *n = channels > 1 ? 4 : 3;
    int status = define_dim(f, &dim[1], "y", chunk[1]);
    if (status == NC_NOERR)
        status = define_dim(f, &dim[2], narrow ? "x_chroma" : "x", chunk[2]);
    if (status == NC_NOERR && channels > 1)
        status = define_dim(f, &dim[3], "channel", channels);
    return status;
}

static int define_picture(netcdf_file *f, size_t p, cz_error *err)
{
    static const char *const planes[PLANES] = {"video_y", "video_cb", "video_cr", "video_alpha"};
    int dim[4], n = 0, *var = &f->picture[p];
    size_t chunk[4];
    const options *o = f->j->o;
    const nc_type type = f->shape.depth > 8 ? NC_USHORT : NC_UBYTE;
    const char *name = cz_layout_channels(f->view.layout) ? "video" : planes[p];
    int status = define_dims(f, p, dim, chunk, &n);
    if (status == NC_NOERR)
        status = define_var(f, name, type, n, dim, var);
    if (status == NC_NOERR)
        status = nc_def_var_chunking(f->id, *var, NC_CHUNKED, chunk);
    if (status == NC_NOERR)
        status = nc_def_var_deflate(f->id, *var, type == NC_USHORT, 1, DEFLATE);
    if (status == NC_NOERR)
        status = nc_def_var_fill(f->id, *var, NC_NOFILL, NULL);
    if (status != NC_NOERR)
        return failed(f, status, err);
    cJSON *about = json_object();
    json_add_text(about, "long_name", "pictures");
    json_add_text(about, "units", "1");
    json_add_text(about, "layout", cz_layout_name(f->view.layout));
    json_add_optional_text(about, "scale", o->scale);
    json_add_optional_text(about, "region", o->region);
    json_add_optional_text(about, "fields", o->fields);
    positions_refer(&f->place, about);
    return put_attributes(f, *var, type, about, err);
}

static int define_pictures(netcdf_file *f, cz_error *err)
{
    int rc = CZ_OK;
    f->n_pictures = cz_layout_channels(f->view.layout) ? 1 : f->shape.planes;
    for (size_t p = 0; rc == CZ_OK && p < f->n_pictures; p++)
        rc = define_picture(f, p, err);
    return rc;
}

static int put_picture(void *user, const cz_request *got, cz_error *err)
{
    netcdf_file *f = user;
    const size_t start[4] = {f->written++};
    int status = NC_NOERR;
    for (size_t p = 0; p < f->n_pictures && status == NC_NOERR; p++) {
        const size_t count[4] = {1, f->shape.plane[p].height, f->shape.plane[p].width,
                                 cz_layout_channels(f->view.layout)};
        status =
            nc_put_vara(f->id, f->picture[p], start, count, got->data + f->shape.plane[p].offset);
    }
    return status == NC_NOERR ? CZ_OK : failed(f, status, err);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* Resolve the frames and the view, before anything is written. */
static int choose(netcdf_file *f, cz_error *err)
{
    const options *o = f->j->o;
    int rc = select_frames(&f->frame, &f->n, o->frames ? o->frames : ":", f->clip, err);
    if (rc < 0 || !o->frames)
        return rc;
    f->view.layout = CZ_RGB24;
    if (o->format && !layout_find(&f->view.layout, o->format))
        return cz_fail(err, CZ_USAGE,
                       "--format %s: unknown pixel format; use rgb24, gray16le, native, ...",
                       o->format);
    rc = view_parse(&f->view, o, err);
    if (rc == CZ_OK)
        rc = cz_shape_of(&f->shape, f->clip, &f->view, err);
    if (rc == CZ_OK && f->n > SAMPLES_MAX / f->shape.bytes) {
        cz_fail(err, CZ_USAGE,
                "%.40s: %zu frames of %zu bytes are more than the 4 GiB of one netCDF file",
                o->frames, f->n, f->shape.bytes);
        cz_hint(err, "fewer frames, a --scale or a --region; or a file for each part");
        return CZ_USAGE;
    }
    return rc;
}

static int write_file(netcdf_file *f, cz_error *err)
{
    cJSON *about = json_object();
    export_describe(about, f->j);
    int rc = export_owner_attributes(about, f->j, err);
    if (rc == CZ_OK)
        positions_of(&f->place, about);
    if (rc == CZ_OK)
        rc = put_attributes(f, NC_GLOBAL, NC_INT, about, err);
    else
        json_free(about);
    const int status = rc == CZ_OK ? nc_def_dim(f->id, "time", f->n, &f->time_dim) : NC_NOERR;
    if (status != NC_NOERR)
        rc = failed(f, status, err);
    if (rc == CZ_OK)
        rc = put_positions(f, err);
    if (rc == CZ_OK)
        rc = put_index(f, err);
    if (rc < 0 || !f->j->o->frames)
        return rc;
    rc = define_pictures(f, err);
    return rc == CZ_OK ? fetch_frames(f->clip, &f->view, f->frame, f->n, put_picture, f, err) : rc;
}

/* Count the variables and attributes of a complete file. */
static int count_members(const NC_memio *all, int *ret_variables, int *ret_attributes)
{
    int id, n = 0;
    int status = nc_open_mem("camzarr", NC_NOWRITE, all->size, all->memory, &id);
    if (status != NC_NOERR)
        return status;
    status = nc_inq(id, NULL, ret_variables, ret_attributes, NULL);
    for (int v = 0; status == NC_NOERR && v < *ret_variables; v++) {
        status = nc_inq_varnatts(id, v, &n);
        *ret_attributes += n;
    }
    const int closed = nc_close(id);
    return status == NC_NOERR ? closed : status;
}

/* Without memory for the list of a variable's attributes, netCDF-C 4.9 drops them and reports no
 * error. */
static int check_members(const netcdf_file *f, const NC_memio *all, cz_error *err)
{
    int variables = 0, attributes = 0;
    const int status = count_members(all, &variables, &attributes);
    if (status != NC_NOERR)
        return failed(f, status, err);
    if (variables == f->n_variables && attributes == f->n_attributes)
        return CZ_OK;
    return cz_fail(err, CZ_NOMEM,
                   "%s: netCDF-C stored %d of %d variables and %d of %d attributes: it had not "
                   "enough memory",
                   f->j->path, variables, f->n_variables, attributes, f->n_attributes);
}

/* Write the file that netCDF-C has assembled, and free it. */
static int finish(netcdf_file *f, cz_error *err)
{
    NC_memio all = {0};
    const int status = nc_close_memio(f->id, &all);
    if (status != NC_NOERR)
        return failed(f, status, err);
    int rc = check_members(f, &all, err);
    if (rc == CZ_OK)
        rc = out_write(f->j->to, all.memory, all.size, err);
    free(all.memory);
    return rc;
}

int export_netcdf(const export_job *j, cz_error *err)
{
    netcdf_file f = {.j = j, .clip = j->clip[0]};
    int rc = choose(&f, err);
    const int status = rc == CZ_OK ? nc_create_mem("camzarr", NC_NETCDF4, 0, &f.id) : NC_NOERR;
    if (status != NC_NOERR) {
        rc = failed(&f, status, err);
    } else if (rc == CZ_OK) {
        rc = write_file(&f, err);
        if (rc == CZ_OK)
            rc = finish(&f, err);
        else
            (void)nc_abort(f.id);
    }
    positions_free(&f.place);
    free(f.frame);
    return rc;
}
