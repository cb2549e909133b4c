#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "format/attributes.h"
#include "catalog/catalog_members.h"
#include "catalog/catalog_text.h"
#include "format/layout.h"
#include "store/text/encode.h"

/* Prints and frees the line. */
static int print_line(buf *out, cJSON *line, cz_error *err)
{
    const int rc = json_print(out, line, true, err);
    json_free(line);
    return rc;
}

int catalog_print_header(buf *out, size_t clips, uint64_t scenes, size_t unreadable, cz_error *err)
{
    cJSON *line = json_object();
    attributes_add_kind(line, FORMAT_TEXT_ANALYSIS, KIND_CATALOG);
    json_add_u64(line, CATALOG_CLIPS, clips);
    json_add_u64(line, CATALOG_SCENES, scenes);
    json_add_u64(line, CATALOG_UNREADABLE, unreadable);
    return print_line(out, line, err);
}

static void add_time(cJSON *to, const char *name, int64_t ns)
{
    char text[TIMESTAMP_TEXT_MAX];
    timestamp_format(text, ns);
    json_add_text(to, name, text);
}

/* null where it is unknown. */
static void add_text(cJSON *to, const char *name, const char *text)
{
    if (*text)
        json_add_text(to, name, text);
    else
        json_add_null(to, name);
}

static void add_count(cJSON *to, const char *name, bool known, uint64_t n)
{
    if (known)
        json_add_u64(to, name, n);
    else
        json_add_null(to, name);
}

static void add_rate(cJSON *to, const cz_facts *f)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%u/%u", (unsigned)f->rate_num, (unsigned)f->rate_den);
    json_add_text(to, MEMBER_FRAME_RATE, text);
}

/* The members that `camzarr ls --json` prints come first, under the same names. */
static void add_summary(cJSON *to, const cz_facts *f)
{
    json_add_text(to, MEMBER_NAME, f->name);
    add_time(to, CATALOG_START, f->start);
    add_time(to, CATALOG_END, f->end);
    json_add_u64(to, MEMBER_FRAMES, f->frames);
    json_add_u64(to, MEMBER_BYTES, f->source_bytes);
    json_add_u64(to, MEMBER_WIDTH, f->width);
    json_add_u64(to, MEMBER_HEIGHT, f->height);
    json_add_text(to, MEMBER_CODEC, f->codec);
    json_add_text(to, MEMBER_SOURCE, f->source_name);
}

static void add_details(cJSON *to, const cz_facts *f)
{
    json_add_i64(to, MEMBER_START, f->start);
    json_add_i64(to, MEMBER_END, f->end);
    json_add_text(to, MEMBER_START_FROM, f->start_from);
    add_rate(to, f);
    json_add_text(to, MEMBER_CHROMA, f->chroma);
    json_add_u64(to, MEMBER_ALPHA_BITS, f->alpha_bits);
    json_add_u64(to, MEMBER_MATRIX, f->matrix);
    json_add_text(to, MEMBER_INTERLACE, f->interlace);
    json_add_u64(to, MEMBER_FRAMES_PER_SHARD, f->frames_per_shard);
}

int catalog_print_clip(buf *out, const catalog_clip *row, cz_error *err)
{
    const cz_facts *f = &row->facts;
    cJSON *line = json_object();
    add_summary(line, f);
    add_text(line, CATALOG_URL, row->source_url);
    add_count(line, CATALOG_DEPLOYMENT, row->deployment > 0, row->deployment);
    json_add_u64(line, MEMBER_DAMAGED_FRAMES, f->damaged_frames);
    add_count(line, CATALOG_BLACK_FRAMES, row->black_frames >= 0, (uint64_t)row->black_frames);
    json_add_bool(line, MEMBER_RECOVERED, f->recovered);
    add_details(line, f);
    json_add_u64(line, MEMBER_FRAME_BYTES, row->frame_bytes);
    json_add_text(line, MEMBER_MD5, f->source_md5);
    add_text(line, MEMBER_SHA256, row->source_sha256);
    add_text(line, MEMBER_OVERVIEW, row->overview);
    json_add_double(line, CATALOG_LAT, row->lat); /* NaN: null */
    json_add_double(line, CATALOG_LON, row->lon);
    json_add_double(line, CATALOG_DEPTH, row->depth);
    json_add_u64(line, CATALOG_SCENES, row->n_scenes);
    json_add_u64(line, CATALOG_MARKER_BYTES, row->marker_bytes);
    json_add_text(line, CATALOG_MARKER_DIGEST, row->marker_digest);
    return print_line(out, line, err);
}

int catalog_print_scenes(buf *out, const char *name, const catalog_scene *scene, size_t n,
                         cz_error *err)
{
    cJSON *line = json_object(), *first = json_array(), *last = json_array(),
          *representative = json_array();
    buf signatures = {0}, text = {0};
    for (size_t i = 0; i < n; i++) {
        json_add_u64(first, NULL, scene[i].first);
        json_add_u64(last, NULL, scene[i].last);
        json_add_u64(representative, NULL, scene[i].representative);
        buf_add(&signatures, scene[i].signature, SIGNATURE_BYTES);
    }
    if (!signatures.bad)
        base64_encode(&text, signatures.at, signatures.len);
    json_add_text(line, CATALOG_SCENES_OF, name);
    json_add(line, CATALOG_FIRST, first);
    json_add(line, CATALOG_LAST, last);
    json_add(line, CATALOG_REPRESENTATIVE, representative);
    json_add_text(line, CATALOG_SIGNATURE, signatures.bad ? NULL : buf_text(&text));
    buf_free(&signatures);
    buf_free(&text);
    return print_line(out, line, err);
}

int catalog_print_unreadable(buf *out, const char *name, int code, cz_error *err)
{
    cJSON *line = json_object();
    json_add_text(line, CATALOG_UNREADABLE, name);
    json_add_text(line, CATALOG_ERROR, cz_code_name(code));
    return print_line(out, line, err);
}

int catalog_print_digest(buf *out, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const int rc = sha256_hex(hex, out->at, out->len, err);
    if (rc < 0)
        return rc;
    cJSON *line = json_object();
    json_add_text(line, MEMBER_DIGEST, hex);
    return print_line(out, line, err);
}
