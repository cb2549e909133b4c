/* References in kerchunk's format, version 1: one JSON object that is a Zarr version 2 group,
 * with the index in it and the frames as ranges of the shards, or of the MOV that they came
 * from. Source: fsspec, ReferenceFileSystem, "version 1". */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/export/export.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "reader/reader.h"
#include "format/attributes.h"
#include "format/positions.h"
#include "store/text/encode.h"

enum {
    WRITE_AT = 1 << 20,
    MANY_FRAMES = 1000000,
    READER_BYTES = 1650, /* of a reference in the memory of fsspec, which loads all of the JSON */
};

typedef struct refs {
    const export_job *j;
    uint64_t n; /* frames of all clips */
    buf text;   /* not written yet */
    positions place;
} refs;

/* ---- JSON ------------------------------------------------------------------------------------ */

static int flush(refs *r, cz_error *err)
{
    if (r->text.bad)
        return cz_fail_memory(err, "%s", r->j->path);
    const int rc = out_write(r->j->to, r->text.at, r->text.len, err);
    r->text.len = 0;
    return rc;
}

/* A document in one line, without the newline; moved. */
static void add_line(buf *out, cJSON *doc)
{
    const int rc = json_print(out, doc, true, NULL);
    if (rc == CZ_OK && out->len)
        out->len--;
    else
        out->bad = true;
    json_free(doc);
}

/* A member whose value is a document's text in quotes; moved. */
static void add_doc(refs *r, const char *node, const char *name, cJSON *doc)
{
    buf line = {0};
    add_line(&line, doc);
    buf_printf(&r->text, ",\n\"%s%s\":", node, name);
    add_line(&r->text, json_string(buf_text(&line)));
    buf_free(&line);
}

static void add_array(refs *r, const char *node, zarr_array *a)
{
    add_doc(r, node, ".zarray", zarr2_array_doc(a));
    add_doc(r, node, ".zattrs", zarr2_array_attributes(a));
}

/* ---- The index ------------------------------------------------------------------------------- */

/* The only chunk of an array, in place. */
static void add_chunk(refs *r, const char *node, const void *values, size_t n)
{
    buf_printf(&r->text, ",\n\"%s0\":\"base64:", node);
    base64_encode(&r->text, values, n);
    buf_add(&r->text, "\"", 1);
}

/* A column of all frames, in place. values are its bytes in the machine's order, and change. */
static int add_column(refs *r, const char *name, zarr_type type, void *values, cJSON *attributes,
                      cz_error *err)
{
    char node[32];
    zarr_array a = {.type = type,
                    .n_dims = 1,
                    .shape = {r->n},
                    .chunk = {r->n},
                    .dim = {"time"},
                    .attributes = attributes};
    const size_t element = zarr_type_size(type);
    if (strcmp(name, cz_column_name(CZ_TIME)) != 0)
        positions_refer(&r->place, a.attributes);
    (void)snprintf(node, sizeof node, "%s/", name);
    add_array(r, node, &a);
    zarr_little_endian(values, (size_t)r->n, element);
    add_chunk(r, node, values, (size_t)r->n * element);
    return flush(r, err);
}

/* Copy n values of a column in memory to their stored type. */
static void copy_stored(void *to, int c, const void *from, size_t n)
{
    const uint8_t *flags = from;
    int64_t *wide = to;
    if (c != CZ_FLAGS) {
        memcpy(to, from, n * zarr_type_size(column_value_type(c)));
        return;
    }
    for (size_t i = 0; i < n; i++)
        wide[i] = flags[i];
}

/* A column of the index, concatenated over all clips. A MOV without a store lacks some columns. */
static int add_index_column(refs *r, int c, cz_error *err)
{
    zarr_array a;
    size_t at = 0;
    int rc = CZ_OK;
    column_array(&a, ZARR_V2, c, r->n);
    const size_t element = zarr_type_size(a.type);
    uint8_t *values = malloc((size_t)r->n * element);
    if (!values)
        return cz_fail_memory(err, "%s", r->j->path);
    for (size_t i = 0; rc == CZ_OK && i < r->j->n_clips; i++) {
        cz_clip *clip = r->j->clip[i];
        const size_t n = (size_t)cz_clip_facts(clip)->frames;
        const void *part = NULL;
        rc = cz_column_read(&part, clip, (cz_column)c, err);
        if (rc == CZ_OK)
            copy_stored(values + at, c, part, n);
        at += n * element;
    }
    if (rc == CZ_OK)
        rc = add_column(r, cz_column_name((cz_column)c), a.type, values, attributes_of_column(c),
                        err);
    free(values);
    return rc == CZ_ABSENT && !r->j->is_store ? CZ_OK : rc;
}

/* The clip's name as a CF flag. */
static cJSON *attributes_of_clip(const export_job *j)
{
    cJSON *to = json_object(), *numbers = json_array();
    buf names = {0};
    for (size_t i = 0; i < j->n_clips; i++) {
        json_add_u64(numbers, NULL, i);
        buf_printf(&names, "%s%s", i ? " " : "", cz_clip_facts(j->clip[i])->name);
    }
    json_add_text(to, "long_name", "clip that the frame is from");
    json_add(to, "flag_values", numbers);
    json_add_text(to, "flag_meanings", buf_text(&names));
    buf_free(&names);
    return to;
}

static cJSON *attributes_of_frame(void)
{
    cJSON *to = json_object();
    json_add_text(to, "long_name", "number of the frame in its clip");
    json_add_text(to, "units", "1");
    return to;
}

/* The frame's number in its clip, or the number of that clip. */
static int add_number_column(refs *r, bool of_clip, cz_error *err)
{
    size_t at = 0;
    uint32_t *values = malloc((size_t)r->n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%s", r->j->path);
    for (size_t c = 0; c < r->j->n_clips; c++)
        for (uint64_t i = 0; i < cz_clip_facts(r->j->clip[c])->frames; i++)
            values[at++] = (uint32_t)(of_clip ? c : i);
    cJSON *attributes = of_clip ? attributes_of_clip(r->j) : attributes_of_frame();
    const int rc =
        add_column(r, of_clip ? "clip_number" : "frame", ZARR_U32, values, attributes, err);
    free(values);
    return rc;
}

static int add_index(refs *r, cz_error *err)
{
    static const cz_column columns[] = {CZ_TIME, CZ_SOURCE_OFFSET, CZ_SIZE, CZ_CRC32C, CZ_FLAGS};
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < sizeof columns / sizeof *columns; i++)
        rc = add_index_column(r, (int)columns[i], err);
    if (rc == CZ_OK)
        rc = add_number_column(r, false, err);
    return rc == CZ_OK ? add_number_column(r, true, err) : rc;
}

/* ---- The frames ------------------------------------------------------------------------------ */

/* Append a text as in JSON, but without quotes. NULL: out of memory. */
static void add_escaped(buf *out, const char *text)
{
    buf quoted = {0};
    add_line(&quoted, json_string(text));
    if (quoted.bad || quoted.len < 2)
        out->bad = true;
    else
        buf_add(out, quoted.at + 1, quoted.len - 2);
    buf_free(&quoted);
}

/* Append an address; a path becomes file:// and the absolute path. */
static int add_address(buf *out, const char *place, cz_error *err)
{
    if (strstr(place, "://")) {
        add_escaped(out, place);
        return CZ_OK;
    }
    char *whole = realpath(place, NULL);
    if (!whole)
        return cz_fail_errno(err, errno, "%s", place);
    buf_printf(out, "file://");
    add_escaped(out, whole);
    free(whole);
    return CZ_OK;
}

/* The prefix of the addresses of a clip's frames: the address of the store or the MOV. --source is
 * the MOV or, with a '/' at its end, the folder of the MOVs. */
static int source_address(buf *out, const refs *r, const cz_clip *clip, cz_error *err)
{
    const export_job *j = r->j;
    const char *source = j->o->source;
    const bool folder = source && source[strlen(source) - 1] == '/';
    const int rc = add_address(out, source ? source : j->place, err);
    while ((folder || !source) && out->len && out->at[out->len - 1] == '/')
        out->len--;
    if (folder) {
        buf_printf(out, "/");
        add_escaped(out, cz_clip_facts(clip)->source_name);
    }
    return rc;
}

/* A missing frame becomes an empty range, which the codec refuses. Without a reference, readers
 * would return uninitialised memory. */
static int add_frames_of(refs *r, cz_clip *clip, uint64_t from, cz_error *err)
{
    buf place = {0};
    const bool in_shards = r->j->is_store && !r->j->o->source;
    const cz_facts *f = cz_clip_facts(clip);
    const uint32_t *size = clip_sizes(clip);
    const void *at = NULL;
    int rc = source_address(&place, r, clip, err);
    if (rc == CZ_OK)
        rc = cz_column_read(&at, clip, in_shards ? CZ_SHARD_OFFSET : CZ_SOURCE_OFFSET, err);
    const uint64_t *offset = at;
    const char *base = buf_text(&place);
    if (rc == CZ_OK && !base)
        rc = cz_fail_memory(err, "%s", r->j->path);
    for (uint64_t i = 0; rc == CZ_OK && i < f->frames; i++) {
        char key[KEY_MAX + 1] = "";
        if (in_shards) {
            key[0] = '/';
            clip_shard_key(key + 1, clip, i / f->frames_per_shard);
        }
        buf_printf(&r->text, ",\n\"video/%" PRIu64 ".0.0.0\":", from + i);
        if (size[i] == 0)
            buf_printf(&r->text, "\"base64:\"");
        else
            buf_printf(&r->text, "[\"%s%s\",%" PRIu64 ",%" PRIu32 "]", base, key, offset[i],
                       size[i]);
        if (r->text.len >= WRITE_AT)
            rc = interrupted() ? cz_fail(err, CZ_CANCELLED, "%s: stopped", f->name) : flush(r, err);
    }
    buf_free(&place);
    return rc;
}

static int add_video(refs *r, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(r->j->clip[0]);
    const char *matrix = prores_matrix_name(f->matrix, f->height);
    zarr_array a = {.type = ZARR_U8,
                    .n_dims = 4,
                    .shape = {r->n, f->height, f->width, 3},
                    .chunk = {1, f->height, f->width, 3},
                    .dim = {"time", "y", "x", "channel"},
                    .inner_codec = prores_codec_doc(ZARR_V2, matrix, f->width, f->height),
                    .attributes = attributes_of_pictures()};
    uint64_t from = 0;
    int rc = CZ_OK;
    positions_refer(&r->place, a.attributes);
    add_array(r, "video/", &a);
    for (size_t i = 0; rc == CZ_OK && i < r->j->n_clips; i++) {
        rc = add_frames_of(r, r->j->clip[i], from, err);
        from += cz_clip_facts(r->j->clip[i])->frames;
    }
    return rc;
}

/* ---- Coordinates ----------------------------------------------------------------------------- */

/* The rows or columns of the pixels. */
static int add_axis(refs *r, video_axis axis, uint64_t n, cz_error *err)
{
    char node[8];
    zarr_array a;
    int64_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%s", r->j->path);
    for (uint64_t i = 0; i < n; i++)
        values[i] = video_axis_value(axis, i, n);
    zarr_little_endian(values, (size_t)n, sizeof *values);
    video_axis_array(&a, axis, n);
    a.attributes = attributes_of_axis(axis);
    (void)snprintf(node, sizeof node, "%s/", video_axis_name(axis));
    add_array(r, node, &a);
    add_chunk(r, node, values, (size_t)n * sizeof *values);
    free(values);
    return flush(r, err);
}

/* Scalars: arrays without a dimension. */
static int add_positions(refs *r, cz_error *err)
{
    for (size_t i = 0; i < r->place.n; i++) {
        char node[16];
        double value = r->place.at[i].value;
        zarr_array a = {.type = ZARR_F64, .attributes = json_copy(r->place.at[i].attributes)};
        (void)snprintf(node, sizeof node, "%s/", r->place.at[i].name);
        zarr_little_endian(&value, 1, sizeof value);
        add_array(r, node, &a);
        add_chunk(r, node, &value, sizeof value);
    }
    return flush(r, err);
}

static int add_coordinates(refs *r, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(r->j->clip[0]);
    int rc = add_axis(r, VIDEO_Y, f->height, err);
    if (rc == CZ_OK)
        rc = add_axis(r, VIDEO_X, f->width, err);
    return rc == CZ_OK ? add_positions(r, err) : rc;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* One array needs one size of pictures, and one codec that turns them all into RGB. */
static int check_joint(const export_job *j, cz_error *err)
{
    const cz_facts *a = cz_clip_facts(j->clip[0]);
    for (size_t i = 1; i < j->n_clips; i++) {
        const cz_facts *b = cz_clip_facts(j->clip[i]);
        if (a->width != b->width || a->height != b->height)
            return cz_fail(err, CZ_USAGE,
                           "%s and %s cannot be joined: %" PRIu32 "x%" PRIu32 " and %" PRIu32
                           "x%" PRIu32 " pixels",
                           a->name, b->name, a->width, a->height, b->width, b->height);
        if (strcmp(prores_matrix_name(a->matrix, a->height),
                   prores_matrix_name(b->matrix, b->height)) != 0)
            return cz_fail(err, CZ_USAGE, "%s and %s cannot be joined: their colours differ",
                           a->name, b->name);
    }
    if (j->n_clips > 1 && j->o->source && j->o->source[strlen(j->o->source) - 1] != '/')
        return cz_fail(err, CZ_USAGE,
                       "--source %s: one MOV for %zu clips; a folder of MOVs ends with /",
                       j->o->source, j->n_clips);
    return CZ_OK;
}

static void warn_of_many(uint64_t frames)
{
    if (frames > MANY_FRAMES)
        say(stderr,
            "camzarr: warning: %" PRIu64
            " frames in one JSON file take some %.1f GB of its readers' "
            "memory: camzarr.icechunk() in Python, or camzarr.export() to a name that ends with "
            ".parquet, gives references that are read as they are needed",
            frames, (double)frames * READER_BYTES / 1e9);
}

int export_kerchunk(const export_job *j, cz_error *err)
{
    refs r = {.j = j, .n = export_frames(j)};
    int rc = check_joint(j, err);
    if (rc < 0)
        return rc;
    warn_of_many(r.n);
    cJSON *about = json_object();
    export_describe(about, j);
    rc = export_owner_attributes(about, j, err);
    positions_of(&r.place, about);
    buf_printf(&r.text, "{\"version\":1,\"refs\":{\n\".zgroup\":\"{\\\"zarr_format\\\":2}\"");
    add_doc(&r, "", ".zattrs", about);
    if (rc == CZ_OK)
        rc = add_index(&r, err);
    if (rc == CZ_OK)
        rc = add_coordinates(&r, err);
    if (rc == CZ_OK)
        rc = add_video(&r, err);
    buf_printf(&r.text, "\n}}\n");
    if (rc == CZ_OK)
        rc = flush(&r, err);
    positions_free(&r.place);
    buf_free(&r.text);
    return rc;
}
