/* Tables of frames in CSV: BIIGLE's metadata of videos, and FathomNet's images. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/export/rows.h"
#include "cli/json_facts.h"
#include "store/text/encode.h"

enum { WRITE_AT = 1 << 20 };

/* A table while it is written. */
typedef struct csv_table {
    const export_job *j;
    buf text;
    export_place place; /* of the clip */
} csv_table;

static int find_place(csv_table *t, const export_job *one, cz_error *err)
{
    cJSON *attributes = json_object();
    const int rc = export_owner_attributes(attributes, one, err);
    export_place_of(&t->place, attributes);
    json_free(attributes);
    return rc;
}

static void add_number_or_nothing(buf *out, bool has, double value)
{
    if (has)
        export_csv_number(out, value);
}

typedef int (*add_row)(csv_table *t, const export_job *one, uint64_t frame, cz_error *err);

static int add_rows(csv_table *t, const export_job *one, add_row row, bool with_first,
                    cz_error *err)
{
    uint64_t *frame = NULL;
    size_t n = 0;
    int rc = find_place(t, one, err);
    if (rc == CZ_OK)
        rc = export_rows(&frame, &n, one, with_first, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        rc = row(t, one, frame[i], err);
        if (rc == CZ_OK && (t->text.len >= WRITE_AT || i + 1 == n))
            rc = export_write_text(t->j, &t->text, err);
    }
    free(frame);
    return rc;
}

/* ---- BIIGLE ---------------------------------------------------------------------------------- */

/* Altitudes of BIIGLE are metres above the sea. */
static void add_biigle(csv_table *t, const char *file, const char *time)
{
    const export_place *p = &t->place;
    export_csv_text(&t->text, file);
    buf_printf(&t->text, ",%s,", time);
    add_number_or_nothing(&t->text, p->has_position, p->longitude);
    buf_printf(&t->text, ",");
    add_number_or_nothing(&t->text, p->has_position, p->latitude);
    buf_printf(&t->text, ",");
    add_number_or_nothing(&t->text, p->has_depth, -p->depth);
    buf_printf(&t->text, ",,,\r\n");
}

static int biigle_row(csv_table *t, const export_job *one, uint64_t frame, cz_error *err)
{
    char text[MICROSECONDS_MAX];
    int64_t time;
    const int rc = cz_time(&time, one->clip[0], frame, err);
    if (rc < 0)
        return rc;
    export_microseconds(text, time);
    add_biigle(t, cz_clip_facts(one->clip[0])->source_name, text);
    return CZ_OK;
}

/* A video begins, to BIIGLE, at its first row, so frame 0 has one in any case. A clip of unknown
 * start has one row without a time. */
static int biigle_clip(void *user, const export_job *one, cz_error *err)
{
    csv_table *t = user;
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    if (!start_known(f->start_from)) {
        const int rc = find_place(t, one, err);
        add_biigle(t, f->source_name, "");
        return rc < 0 ? rc : export_write_text(t->j, &t->text, err);
    }
    return add_rows(t, one, biigle_row, true, err);
}

int export_biigle(const export_job *j, cz_error *err)
{
    csv_table t = {.j = j};
    buf_printf(&t.text, "filename,taken_at,lng,lat,gps_altitude,distance_to_ground,area,yaw\r\n");
    const int rc = export_each_clip(j, biigle_clip, &t, err);
    buf_free(&t.text);
    return rc;
}

/* ---- FathomNet ------------------------------------------------------------------------------- */

/* The box is the whole picture, and the concept empty: the annotator's. The name is the one that
 * `camzarr frame ... -o FOLDER/ --format png` gives. */
static int fathomnet_row(csv_table *t, const export_job *one, uint64_t frame, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    const export_place *p = &t->place;
    char time_text[TIMESTAMP_TEXT_MAX] = "";
    buf image = {0};
    int64_t time;
    int rc = cz_time(&time, one->clip[0], frame, err);
    if (rc == CZ_OK)
        rc = export_address(&image, one->o->source, err);
    if (rc == CZ_OK && start_known(f->start_from))
        timestamp_format(time_text, time);
    uri_encode(&image, f->name, false);
    buf_printf(&image, "_%06" PRIu64 ".png", frame);
    const char *address = buf_text(&image);
    buf_printf(&t->text, ",");
    export_csv_text(&t->text, address ? address : "");
    t->text.bad |= image.bad;
    buf_printf(&t->text, ",0,0,%" PRIu32 ",%" PRIu32 ",%s,", f->width, f->height, time_text);
    add_number_or_nothing(&t->text, p->has_position, p->latitude);
    buf_printf(&t->text, ",");
    add_number_or_nothing(&t->text, p->has_position, p->longitude);
    buf_printf(&t->text, ",");
    add_number_or_nothing(&t->text, p->has_depth, p->depth);
    buf_printf(&t->text, "\r\n");
    buf_free(&image);
    return rc;
}

static int fathomnet_clip(void *user, const export_job *one, cz_error *err)
{
    return add_rows(user, one, fathomnet_row, false, err);
}

int export_fathomnet(const export_job *j, cz_error *err)
{
    csv_table t = {.j = j};
    const char *source = j->o->source;
    if (!source || source[strlen(source) - 1] != '/')
        return cz_fail(err, CZ_USAGE,
                       "fathomnet: requires --source ADDRESS/, the public folder of the pictures");
    buf_printf(&t.text,
               "concept,image,x,y,width,height,timestamp,latitude,longitude,depthMeters\r\n");
    const int rc = export_each_clip(j, fathomnet_clip, &t, err);
    buf_free(&t.text);
    return rc;
}
