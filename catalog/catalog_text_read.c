#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_members.h"
#include "catalog/catalog_row.h"
#include "catalog/catalog_text.h"
#include "format/layout.h"
#include "store/text/encode.h"

/* Fewest bytes of a line that catalog_print_clip() writes, and of the others: bounds the tables by
 * the size of the text. */
enum { ROW_MIN = 300, LINE_MIN = 16 };

typedef struct reading {
    catalog_text *c;
    const char *at, *end; /* what is left of the lines before the digest */
    const char *what;
    cz_error *err;
} reading;

static bool next_line(reading *r, catalog_line *out)
{
    const char *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;
    if (!newline)
        return false;
    *out = (catalog_line){r->at, (size_t)(newline - r->at)};
    r->at = newline + 1;
    return true;
}

static int truncated(const reading *r)
{
    return cz_fail(r->err, CZ_FORMAT, "%s: it has fewer lines than its header says", r->what);
}

/* ---- The digest, the last line --------------------------------------------------------------- */

#define DIGEST_LINE "{\"" MEMBER_DIGEST "\":\""
#define DIGEST_END "\"}\n"

static int check_digest(reading *r)
{
    static const size_t len = sizeof DIGEST_LINE - 1 + SHA256_HEX + sizeof DIGEST_END - 1;
    char hex[SHA256_HEX + 1];
    const buf *text = &r->c->text;
    const char *begin = (const char *)text->at;
    if (text->len <= len)
        return cz_fail(r->err, CZ_CORRUPT, "%s: it is truncated", r->what);
    const char *line = begin + text->len - len, *digits = line + sizeof DIGEST_LINE - 1;
    if (line[-1] != '\n' || memcmp(line, DIGEST_LINE, sizeof DIGEST_LINE - 1) != 0 ||
        memcmp(digits + SHA256_HEX, DIGEST_END, sizeof DIGEST_END - 1) != 0)
        return cz_fail(r->err, CZ_CORRUPT, "%s: it is truncated: its last line is no digest",
                       r->what);
    const int rc = sha256_hex(hex, begin, (size_t)(line - begin), r->err);
    if (rc == CZ_OK && memcmp(hex, digits, SHA256_HEX) != 0)
        return cz_fail(r->err, CZ_CORRUPT, "%s: its digest is wrong: it is damaged", r->what);
    r->c->digest = digits;
    r->at = begin;
    r->end = line;
    return rc;
}

/* ---- The header ------------------------------------------------------------------------------ */

/* A newer version may define the digest and all else differently, so that it comes first. */
static int check_version(const reading *r)
{
    cJSON *doc = NULL;
    const char *text = (const char *)r->c->text.at, *format = NULL, *kind = NULL;
    const char *newline = r->c->text.len ? memchr(text, '\n', r->c->text.len) : NULL;
    int rc =
        newline ? json_parse(&doc, text, (size_t)(newline - text), r->what, r->err) : CZ_FORMAT;
    if (rc == CZ_FORMAT)
        rc = cz_fail(r->err, CZ_CORRUPT, "%s: its first line is no JSON: it is damaged", r->what);
    if (rc < 0)
        return rc;
    rc = json_text(&format, doc, ATTRIBUTE_FORMAT, r->what, r->err);
    if (rc == CZ_OK)
        rc = format_check(format, r->what, r->err);
    if (rc == CZ_OK)
        rc = json_text(&kind, doc, ATTRIBUTE_KIND, r->what, r->err);
    if (rc == CZ_OK && strcmp(kind, KIND_CATALOG) != 0)
        rc = cz_fail(r->err, CZ_FORMAT, "%s: its kind is \"%.40s\", not \"" KIND_CATALOG "\"",
                     r->what, kind);
    json_free(doc);
    return rc;
}

static int count(uint64_t *out, const reading *r, const cJSON *header, const char *name,
                 uint64_t most)
{
    const int rc = json_u64(out, header, name, r->what, r->err);
    if (rc == CZ_OK && *out > most)
        return cz_fail(r->err, CZ_FORMAT, "%s: %s is %" PRIu64 ", more than its size allows",
                       r->what, name, *out);
    return rc;
}

static int read_header(reading *r)
{
    catalog_text *c = r->c;
    catalog_line line;
    cJSON *header = NULL;
    uint64_t clips = 0, unreadable = 0;
    if (!next_line(r, &line))
        return truncated(r);
    int rc = json_parse(&header, line.at, line.len, r->what, r->err);
    if (rc == CZ_OK)
        rc = count(&clips, r, header, CATALOG_CLIPS, c->text.len / ROW_MIN);
    if (rc == CZ_OK)
        rc = count(&c->n_scenes, r, header, CATALOG_SCENES, c->text.len / SIGNATURE_BYTES);
    if (rc == CZ_OK)
        rc = count(&unreadable, r, header, CATALOG_UNREADABLE, c->text.len / LINE_MIN);
    json_free(header);
    if (rc < 0)
        return rc;
    c->n_clips = (size_t)clips;
    c->n_unreadable = (size_t)unreadable;
    c->clip = calloc(c->n_clips + 1, sizeof *c->clip);
    c->by_name = calloc(c->n_clips + 1, sizeof *c->by_name);
    c->unreadable = calloc(c->n_unreadable + 1, sizeof *c->unreadable);
    c->strings = malloc(c->text.len + 1);
    return c->clip && c->by_name && c->unreadable && c->strings
               ? CZ_OK
               : cz_fail_memory(r->err, "%s: %zu clips", r->what, c->n_clips);
}

/* ---- Clips ----------------------------------------------------------------------------------- */

int catalog_clip_order(const catalog_clip *a, const catalog_clip *b)
{
    if (a->facts.start != b->facts.start)
        return a->facts.start < b->facts.start ? -1 : 1;
    return strcmp(a->facts.name, b->facts.name);
}

static int read_clips(reading *r, char **strings)
{
    catalog_text *c = r->c;
    catalog_line line;
    uint64_t scenes = 0;
    for (size_t i = 0; i < c->n_clips; i++) {
        if (!next_line(r, &line))
            return truncated(r);
        const int rc = catalog_row_parse(&c->clip[i], &line, strings, r->what, r->err);
        if (rc < 0)
            return rc;
        if (i > 0 && catalog_clip_order(&c->clip[i - 1], &c->clip[i]) >= 0)
            return cz_fail(r->err, CZ_FORMAT, "%s: its clips aren't in order (%s)", r->what,
                           c->clip[i].facts.name);
        scenes += c->clip[i].n_scenes;
    }
    return scenes == c->n_scenes
               ? CZ_OK
               : cz_fail(r->err, CZ_FORMAT,
                         "%s: its header says %" PRIu64 " scenes, its clips have %" PRIu64, r->what,
                         c->n_scenes, scenes);
}

/* Sorts the numbers of the rows by name, by merging runs: names of recordings are times, so that
 * they are nearly in order already. */
static void merge(uint32_t *to, const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b,
                  const catalog_clip *clip)
{
    while (n_a > 0 && n_b > 0) {
        const bool first = strcmp(clip[*a].facts.name, clip[*b].facts.name) <= 0;
        *to++ = first ? *a++ : *b++;
        n_a -= first;
        n_b -= !first;
    }
    memcpy(to, n_a ? a : b, (n_a + n_b) * sizeof *to);
}

static int sort_names(const reading *r)
{
    catalog_text *c = r->c;
    const size_t n = c->n_clips;
    uint32_t *spare = malloc((n + 1) * sizeof *spare);
    if (!spare)
        return cz_fail_memory(r->err, "%s: %zu names", r->what, n);
    for (size_t i = 0; i < n; i++)
        c->by_name[i] = (uint32_t)i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            const size_t mid = at + width < n ? at + width : n;
            const size_t end = at + 2 * width < n ? at + 2 * width : n;
            merge(spare + at, c->by_name + at, mid - at, c->by_name + mid, end - mid, c->clip);
        }
        uint32_t *sorted = spare;
        spare = c->by_name;
        c->by_name = sorted;
    }
    free(spare);
    for (size_t i = 1; i < n; i++) {
        const char *name = c->clip[c->by_name[i]].facts.name;
        if (strcmp(c->clip[c->by_name[i - 1]].facts.name, name) == 0)
            return cz_fail(r->err, CZ_FORMAT, "%s: it has the clip %s twice", r->what, name);
    }
    return CZ_OK;
}

const catalog_clip *catalog_text_find(const catalog_text *c, const char *name)
{
    size_t from = 0, to = c->n_clips;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        const int order = strcmp(name, c->clip[c->by_name[mid]].facts.name);
        if (order == 0)
            return &c->clip[c->by_name[mid]];
        if (order < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return NULL;
}

/* ---- Scenes ---------------------------------------------------------------------------------- */

/* Give each row with scenes the line that has them. */
static int find_scenes(reading *r)
{
    catalog_text *c = r->c;
    for (size_t i = 0; i < c->n_clips; i++)
        if (c->clip[i].n_scenes > 0 && !next_line(r, &c->clip[i].scenes))
            return truncated(r);
    return CZ_OK;
}

/* Frame numbers, n of them, in ascending order. */
static int frames_of(catalog_scene *to, size_t offset, const cJSON *line, const char *name,
                     const catalog_clip *row, const char *what, cz_error *err)
{
    const cJSON *list = json_at(line, name), *item = NULL;
    uint64_t i = 0, frame, before = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (i == row->n_scenes || json_u64(&frame, item, "", what, NULL) < 0 || frame < before ||
            frame >= row->facts.frames)
            break;
        memcpy((char *)&to[i++] + offset, &(uint32_t){(uint32_t)frame}, sizeof(uint32_t));
        before = frame;
    }
    if (item || !cJSON_IsArray(list) || i != row->n_scenes)
        return cz_fail(err, CZ_FORMAT, "%s: scenes of %s: %s isn't %" PRIu64 " frames in order",
                       what, row->facts.name, name, row->n_scenes);
    return CZ_OK;
}

static int signatures_of(catalog_scene *to, const cJSON *line, const catalog_clip *row,
                         const char *what, cz_error *err)
{
    const char *text = NULL;
    buf bytes = {0};
    int rc = json_text(&text, line, CATALOG_SIGNATURE, what, err);
    if (rc < 0)
        return rc;
    if (!base64_decode(&bytes, text) || bytes.len != row->n_scenes * SIGNATURE_BYTES)
        rc = bytes.bad ? cz_fail_memory(err, "%s: scenes of %s", what, row->facts.name)
                       : cz_fail(err, CZ_FORMAT, "%s: scenes of %s: malformed signatures", what,
                                 row->facts.name);
    for (size_t i = 0; rc == CZ_OK && i < row->n_scenes; i++)
        memcpy(to[i].signature, bytes.at + i * SIGNATURE_BYTES, SIGNATURE_BYTES);
    buf_free(&bytes);
    return rc;
}

static int scenes_of(catalog_scene *to, const catalog_clip *row, uint32_t number, const char *what,
                     cz_error *err)
{
    cJSON *line = NULL;
    const char *name = NULL;
    int rc = json_parse(&line, row->scenes.at, row->scenes.len, what, err);
    if (rc == CZ_OK)
        rc = json_text(&name, line, CATALOG_SCENES_OF, what, err);
    if (rc == CZ_OK && strcmp(name, row->facts.name) != 0)
        rc = cz_fail(err, CZ_FORMAT, "%s: scenes of %.200s in place of those of %s", what, name,
                     row->facts.name);
    if (rc == CZ_OK)
        rc = frames_of(to, offsetof(catalog_scene, first), line, CATALOG_FIRST, row, what, err);
    if (rc == CZ_OK)
        rc = frames_of(to, offsetof(catalog_scene, last), line, CATALOG_LAST, row, what, err);
    if (rc == CZ_OK)
        rc = frames_of(to, offsetof(catalog_scene, representative), line, CATALOG_REPRESENTATIVE,
                       row, what, err);
    if (rc == CZ_OK)
        rc = signatures_of(to, line, row, what, err);
    for (size_t i = 0; i < row->n_scenes; i++)
        to[i].clip = number;
    json_free(line);
    return rc;
}

int catalog_text_scenes(catalog_scene **out, const catalog_text *c, cz_error *err)
{
    *out = NULL;
    if (c->n_scenes == 0)
        return CZ_OK;
    catalog_scene *scene = calloc((size_t)c->n_scenes, sizeof *scene);
    if (!scene)
        return cz_fail_memory(err, "%s: %" PRIu64 " scenes", CATALOG_KEY, c->n_scenes);
    size_t at = 0;
    for (size_t i = 0; i < c->n_clips; i++) {
        if (c->clip[i].n_scenes == 0)
            continue;
        const int rc = scenes_of(scene + at, &c->clip[i], (uint32_t)i, CATALOG_KEY, err);
        if (rc < 0) {
            free(scene);
            return rc;
        }
        at += (size_t)c->clip[i].n_scenes;
    }
    *out = scene;
    return CZ_OK;
}

/* ---- Clips that cannot be read --------------------------------------------------------------- */

/* A name is kept where those of the rows are. */
static int read_unreadable(reading *r, char **strings)
{
    static const int codes[] = {CZ_CORRUPT, CZ_FORMAT, CZ_NEWER, CZ_DENIED};
    catalog_text *c = r->c;
    for (size_t i = 0; i < c->n_unreadable; i++) {
        catalog_line line;
        cJSON *doc = NULL;
        const char *name = NULL, *code = NULL;
        if (!next_line(r, &line))
            return truncated(r);
        int rc = json_parse(&doc, line.at, line.len, r->what, r->err);
        if (rc == CZ_OK)
            rc = json_text(&name, doc, CATALOG_UNREADABLE, r->what, r->err);
        if (rc == CZ_OK)
            rc = json_text(&code, doc, CATALOG_ERROR, r->what, r->err);
        if (rc == CZ_OK && !clip_name_ok(name))
            rc = cz_fail(r->err, CZ_FORMAT, "%s: \"%.80s\" names no clip", r->what, name);
        if (rc == CZ_OK) {
            const size_t len = strlen(name) + 1;
            c->unreadable[i] = (catalog_unreadable){memcpy(*strings, name, len), CZ_CORRUPT};
            *strings += len;
            for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
                if (strcmp(cz_code_name(codes[k]), code) == 0)
                    c->unreadable[i].code = codes[k];
        }
        json_free(doc);
        if (rc < 0)
            return rc;
    }
    return r->at == r->end
               ? CZ_OK
               : cz_fail(r->err, CZ_FORMAT, "%s: it has more lines than its header says", r->what);
}

/* ---- The whole ------------------------------------------------------------------------------- */

int catalog_text_parse(catalog_text **out, buf *text, const char *what, cz_error *err)
{
    *out = NULL;
    catalog_text *c = calloc(1, sizeof *c);
    if (!c)
        return cz_fail_memory(err, "%s", what);
    c->text = *text;
    *text = (buf){0};
    reading r = {.c = c, .what = what, .err = err};
    int rc = check_version(&r);
    if (rc == CZ_OK)
        rc = check_digest(&r);
    if (rc == CZ_OK)
        rc = read_header(&r);
    char *strings = c->strings;
    if (rc == CZ_OK)
        rc = read_clips(&r, &strings);
    if (rc == CZ_OK)
        rc = sort_names(&r);
    if (rc == CZ_OK)
        rc = find_scenes(&r);
    if (rc == CZ_OK)
        rc = read_unreadable(&r, &strings);
    if (rc < 0) {
        catalog_text_free(&c);
        return rc;
    }
    *out = c;
    return CZ_OK;
}

void catalog_text_free(catalog_text **c)
{
    if (!c || !*c)
        return;
    free((*c)->clip);
    free((*c)->by_name);
    free((*c)->unreadable);
    free((*c)->strings);
    buf_free(&(*c)->text);
    free(*c);
    *c = NULL;
}
