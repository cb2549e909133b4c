#include "cli/analysis/scene_labels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/json/json.h"
#include "store/text/encode.h"

enum {
    FILE_MAX = 64 << 20,
    COLUMNS_MAX = 64,
};

/* ---- Rows ---- */

typedef enum member { LABEL, FIRST, LAST, CLIP, N_MEMBERS } member;

static const char *const names[N_MEMBERS][2] = {[LABEL] = {"label", "scene_tag"},
                                                [FIRST] = {"start_frame", "start_frame"},
                                                [LAST] = {"end_frame", "end_frame"},
                                                [CLIP] = {"clip", "mov_basename"}};

/* Where a row is, for messages. */
typedef struct place {
    const char *path;
    size_t row; /* from 1 */
} place;

static int add(scene_labels *l, const char *text, uint64_t first, uint64_t last, const place *p,
               cz_error *err)
{
    if (*text == '\0')
        return cz_fail(err, CZ_FORMAT, "%s: row %zu: no label", p->path, p->row);
    if (last < first)
        return cz_fail(err, CZ_FORMAT, "%s: row %zu: frames %" PRIu64 " to %" PRIu64, p->path,
                       p->row, first, last);
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 64;
        scene_label *more = realloc(l->at, room * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "%s: %zu labels", p->path, room);
        l->at = more;
        l->room = room;
    }
    char *copy = strdup(text);
    if (!copy)
        return cz_fail_memory(err, "%s: labels", p->path);
    l->at[l->n++] = (scene_label){copy, first, last};
    return CZ_OK;
}

/* A clip's name, or its file's. */
static bool is_of_clip(const char *text, const char *clip)
{
    const size_t n = strlen(clip);
    return strncmp(text, clip, n) == 0 && (text[n] == '\0' || strcmp(text + n, ".mov") == 0);
}

/* ---- CSV ---- */

/* Cut a line into fields, in place; quotes around a field are dropped. Returns their number. */
static size_t split(char *field[COLUMNS_MAX], char *line)
{
    size_t n = 0;
    for (char *at = line; at && n < COLUMNS_MAX;) {
        char *comma = *at == '"' ? strchr(at + 1, '"') : at;
        comma = comma ? strchr(comma, ',') : NULL;
        if (comma)
            *comma = '\0';
        field[n] = at + strspn(at, " \t\"");
        for (size_t end = strlen(field[n]); end > 0 && strchr(" \t\"\r", field[n][end - 1]); end--)
            field[n][end - 1] = '\0';
        n++;
        at = comma ? comma + 1 : NULL;
    }
    return n;
}

/* The columns that a first row names. False: it names none of the frames, and is a row of values.
 */
static bool read_header(size_t column[N_MEMBERS], char *const *field, size_t n)
{
    for (member m = 0; m < N_MEMBERS; m++) {
        column[m] = SIZE_MAX;
        for (size_t i = 0; i < n; i++)
            if (strcmp(field[i], names[m][0]) == 0 || strcmp(field[i], names[m][1]) == 0)
                column[m] = i;
    }
    if (column[FIRST] != SIZE_MAX || column[LAST] != SIZE_MAX)
        return true;
    for (member m = 0; m < N_MEMBERS; m++)
        column[m] = m == CLIP ? SIZE_MAX : (size_t)m;
    return false;
}

static int add_fields(scene_labels *l, char *const *field, size_t n, const size_t *column,
                      const char *clip, const place *p, cz_error *err)
{
    uint64_t first = 0, last = 0;
    if (column[CLIP] < n && !is_of_clip(field[column[CLIP]], clip))
        return CZ_OK;
    if (column[LABEL] >= n || column[FIRST] >= n || column[LAST] >= n ||
        !parse_decimal(&first, field[column[FIRST]]) || !parse_decimal(&last, field[column[LAST]]))
        return cz_fail(err, CZ_FORMAT, "%s: row %zu: not label, first frame, last frame", p->path,
                       p->row);
    return add(l, field[column[LABEL]], first, last, p, err);
}

static int read_csv(scene_labels *l, char *text, const char *path, const char *clip, cz_error *err)
{
    size_t column[N_MEMBERS];
    place p = {path, 0};
    int rc = CZ_OK;
    bool is_first = true;
    for (char *line = text; rc == CZ_OK && line;) {
        char *field[COLUMNS_MAX], *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        p.row++;
        if (line[strspn(line, " \t\r")] != '\0') {
            const size_t n = split(field, line);
            const bool is_header = is_first && read_header(column, field, n);
            is_first = false;
            if (!is_header)
                rc = add_fields(l, field, n, column, clip, &p, err);
        }
        line = end ? end + 1 : NULL;
    }
    return rc;
}

/* ---- JSON ---- */

static const cJSON *find(const cJSON *row, member m)
{
    const cJSON *item = json_at(row, names[m][0]);
    return item ? item : json_at(row, names[m][1]);
}

static int add_object(scene_labels *l, const cJSON *row, const char *clip, const place *p,
                      cz_error *err)
{
    const cJSON *of = find(row, CLIP), *label = find(row, LABEL);
    uint64_t first = 0, last = 0;
    cz_error why;
    if (cJSON_IsString(of) && !is_of_clip(of->valuestring, clip))
        return CZ_OK;
    if (!cJSON_IsString(label) || json_u64(&first, row, names[FIRST][0], p->path, &why) < 0 ||
        json_u64(&last, row, names[LAST][0], p->path, &why) < 0)
        return cz_fail(err, CZ_FORMAT, "%s: row %zu: not label, start_frame, end_frame", p->path,
                       p->row);
    return add(l, label->valuestring, first, last, p, err);
}

static int read_json(scene_labels *l, const buf *text, const char *path, const char *clip,
                     cz_error *err)
{
    cJSON *doc = NULL;
    const cJSON *row = NULL;
    place p = {path, 0};
    int rc = json_parse(&doc, text->at, text->len, path, err);
    if (rc == CZ_OK && !cJSON_IsArray(doc))
        rc = cz_fail(err, CZ_FORMAT, "%s: not an array of labels", path);
    cJSON_ArrayForEach(row, doc)
    {
        p.row++;
        if (rc == CZ_OK)
            rc = add_object(l, row, clip, &p, err);
    }
    json_free(doc);
    return rc;
}

/* ---- The file ---- */

static int read_file(buf *out, const char *path, cz_error *err)
{
    enum { BLOCK = 64 << 10 };
    int rc = CZ_OK;
    size_t got = BLOCK;
    FILE *file = fopen(path, "re");
    if (!file)
        return cz_fail_errno(err, errno, "%s", path);
    while (got == BLOCK && rc == CZ_OK) {
        uint8_t *to = buf_grow(out, BLOCK);
        errno = 0;
        got = to ? fread(to, 1, BLOCK, file) : 0;
        if (to)
            out->len -= BLOCK - got;
        if (!to)
            rc = cz_fail_memory(err, "%s", path);
        else if (ferror(file))
            rc = cz_fail_errno(err, errno, "%s", path);
        else if (out->len > FILE_MAX)
            rc = cz_fail(err, CZ_FORMAT, "%s: more than 64 MiB", path);
    }
    (void)fclose(file);
    return rc;
}

int scene_labels_read(scene_labels *out, const char *path, const char *clip, cz_error *err)
{
    buf text = {0};
    int rc = read_file(&text, path, err);
    const char *all = rc == CZ_OK ? buf_text(&text) : "";
    if (!all)
        rc = cz_fail_memory(err, "%s", path);
    else if (rc == CZ_OK && all[strspn(all, " \t\r\n")] == '[')
        rc = read_json(out, &text, path, clip, err);
    else if (rc == CZ_OK)
        rc = read_csv(out, (char *)text.at, path, clip, err);
    buf_free(&text);
    return rc;
}

void scene_labels_free(scene_labels *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->at[i].text);
    free(l->at);
    *l = (scene_labels){0};
}

bool scene_label_fits(const scene_label *l, const cz_scene *scene)
{
    const uint64_t first = l->first > scene->first ? l->first : scene->first;
    const uint64_t last = l->last < scene->last ? l->last : scene->last;
    if (last < first)
        return false;
    const uint64_t common = last - first + 1;
    const uint64_t of_label = l->last - l->first, of_scene = scene->last - scene->first;
    return common >= (of_label < of_scene ? of_label : of_scene) / 2 + 1;
}
