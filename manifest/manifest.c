#include "manifest/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/deployment.h"
#include "mov/start_time.h"
#include "store/text/encode.h"

enum { BLOCK = 64 << 10 };

/* Memory for texts, in blocks: an allocation for each would cost 16 bytes more. */
typedef struct text_block {
    struct text_block *next;
    size_t used, room;
    char at[];
} text_block;

struct manifest {
    manifest_row *row;
    size_t n, capacity;
    text_block *texts;
};

int manifest_new(manifest **out, cz_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? CZ_OK : cz_fail_memory(err, "manifest");
}

void manifest_free(manifest **m)
{
    if (!m || !*m)
        return;
    for (text_block *b = (*m)->texts, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free((*m)->row);
    free(*m);
    *m = NULL;
}

size_t manifest_count(const manifest *m)
{
    return m->n;
}

manifest_row *manifest_at(const manifest *m, size_t i)
{
    return &m->row[i];
}

/* A copy that lives as long as the manifest; of NULL, NULL. */
static int keep_text(const char **out, manifest *m, const char *text, cz_error *err)
{
    *out = NULL;
    if (!text)
        return CZ_OK;
    const size_t n = strlen(text) + 1;
    text_block *b = m->texts;
    if (!b || b->room - b->used < n) {
        const size_t room = n > BLOCK ? n : BLOCK;
        b = malloc(sizeof *b + room);
        if (!b)
            return cz_fail_memory(err, "manifest of %zu rows", m->n);
        *b = (text_block){.next = m->texts, .room = room};
        m->texts = b;
    }
    char *to = b->at + b->used;
    memcpy(to, text, n);
    b->used += n;
    *out = to;
    return CZ_OK;
}

/* The name's time, unless the listing has the header's. */
static void find_time(manifest_row *row)
{
    char base[MANIFEST_SOURCE_MAX + 1];
    mov_filename_time named;
    manifest_base(base, row->source);
    mov_filename_time_parse(&named, base);
    if (row->time_from == MANIFEST_TIME_NONE && named.has_time) {
        row->time = named.time;
        row->time_from = named.utc_suffix ? MANIFEST_TIME_NAME : MANIFEST_TIME_END;
    }
    /* By the name: it is right where header times and the listing's own numbers are not. */
    const int64_t when = named.has_time ? named.time : row->time;
    if (named.has_time || (row->time_from && !row->deployment))
        row->deployment = (uint8_t)camhd_deployment(when);
}

int manifest_add(manifest *m, const manifest_row *row, cz_error *err)
{
    if (!row->source || !*row->source || strlen(row->source) > MANIFEST_SOURCE_MAX)
        return cz_fail(err, CZ_FORMAT, "row %u: no source, or one of more than %d bytes", row->line,
                       MANIFEST_SOURCE_MAX);
    if (m->n == m->capacity) {
        const size_t capacity = m->capacity ? 2 * m->capacity : 64;
        manifest_row *more = realloc(m->row, capacity * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "manifest of %zu rows", capacity);
        m->row = more;
        m->capacity = capacity;
    }
    manifest_row copy = *row;
    int rc = keep_text(&copy.source, m, row->source, err);
    if (rc == CZ_OK)
        rc = keep_text(&copy.name, m, row->name, err);
    if (rc == CZ_OK)
        rc = keep_text(&copy.why, m, row->why, err);
    if (rc < 0)
        return rc;
    find_time(&copy);
    if (copy.problem == MANIFEST_SOUND && copy.size == 0)
        copy.problem = MANIFEST_EMPTY;
    m->row[m->n++] = copy;
    return CZ_OK;
}

int manifest_explain(manifest *m, manifest_row *row, const char *why, cz_error *err)
{
    return keep_text(&row->why, m, why, err);
}

/* ---- Names ----------------------------------------------------------------------------------- */

void manifest_base(char *out, const char *source)
{
    const bool is_address = strstr(source, "://") != NULL;
    const size_t n = is_address ? strcspn(source, "?#") : strlen(source);
    size_t from = n;
    while (from > 0 && source[from - 1] != '/')
        from--;
    size_t len = n - from;
    if (len > MANIFEST_SOURCE_MAX)
        len = MANIFEST_SOURCE_MAX;
    memcpy(out, source + from, len);
    out[len] = '\0';
    /* As a conversion names its source: an invalid encoding, or one of '/', stays as it is. */
    char decoded[MANIFEST_SOURCE_MAX + 1];
    memcpy(decoded, out, len + 1);
    if (is_address && uri_decode(decoded) && !strchr(decoded, '/'))
        memcpy(out, decoded, strlen(decoded) + 1);
}

void manifest_name(char *out, const manifest_row *row)
{
    if (row->name) {
        const size_t n = strnlen(row->name, MANIFEST_SOURCE_MAX);
        memcpy(out, row->name, n);
        out[n] = '\0';
        return;
    }
    manifest_base(out, row->source);
    char *dot = strrchr(out, '.');
    if (dot && dot != out)
        *dot = '\0';
}

/* ---- Merging and selecting ------------------------------------------------------------------- */

static int compare_names(const manifest_row *a, const manifest_row *b)
{
    char x[MANIFEST_SOURCE_MAX + 1], y[MANIFEST_SOURCE_MAX + 1];
    manifest_name(x, a);
    manifest_name(y, b);
    return strcmp(x, y);
}

/* Rows of one clip are adjacent, the first listing's first. */
static int by_name(const void *a, const void *b)
{
    const manifest_row *x = a, *y = b;
    int order = compare_names(x, y);
    if (order == 0)
        order = (x->listing > y->listing) - (x->listing < y->listing);
    if (order == 0)
        order = strcmp(x->source, y->source);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_time(const void *a, const void *b)
{
    const manifest_row *x = a, *y = b;
    int order = (x->time > y->time) - (x->time < y->time);
    if (order == 0)
        order = compare_names(x, y);
    return order ? order : strcmp(x->source, y->source);
}

static bool differ(const manifest_row *a, const manifest_row *b)
{
    const bool exact = a->size != MANIFEST_SIZE_UNKNOWN && b->size != MANIFEST_SIZE_UNKNOWN &&
                       !a->size_is_rounded && !b->size_is_rounded;
    return (exact && a->size != b->size) ||
           (a->has_md5 && b->has_md5 && memcmp(a->md5, b->md5, MANIFEST_MD5) != 0);
}

/* Add to `to` what only `from`, of the same file, knows. */
static void join(manifest_row *to, const manifest_row *from)
{
    if (to->size == MANIFEST_SIZE_UNKNOWN ||
        (to->size_is_rounded && !from->size_is_rounded && from->size != MANIFEST_SIZE_UNKNOWN)) {
        to->size = from->size;
        to->size_is_rounded = from->size_is_rounded;
    }
    if (!to->has_md5 && from->has_md5) {
        memcpy(to->md5, from->md5, MANIFEST_MD5);
        to->has_md5 = true;
    }
    if (from->time_from == MANIFEST_TIME_HEADER && to->time_from != MANIFEST_TIME_HEADER) {
        to->time = from->time;
        to->time_from = from->time_from;
    }
    if (!to->frames)
        to->frames = from->frames;
    if (!to->modified)
        to->modified = from->modified;
    if (to->problem == MANIFEST_SOUND) {
        to->problem = from->problem;
        to->why = from->why;
    }
    to->has_sidecar |= from->has_sidecar && strcmp(to->source, from->source) == 0;
    to->is_unread |= from->is_unread;
}

void manifest_merge(manifest *m,
                    void (*conflict)(void *user, const manifest_row *kept,
                                     const manifest_row *other),
                    void *user)
{
    size_t kept = 0;
    if (m->n == 0)
        return;
    qsort(m->row, m->n, sizeof *m->row, by_name);
    for (size_t i = 1; i < m->n; i++) {
        if (compare_names(&m->row[kept], &m->row[i]) != 0) {
            m->row[++kept] = m->row[i];
            continue;
        }
        if (!differ(&m->row[kept], &m->row[i]))
            join(&m->row[kept], &m->row[i]);
        else if (conflict)
            conflict(user, &m->row[kept], &m->row[i]);
    }
    m->n = kept + 1;
    qsort(m->row, m->n, sizeof *m->row, by_time);
}

static bool is_selected(const manifest_row *row, const void *user)
{
    const manifest_filter *f = user;
    const bool has_time = row->time_from != MANIFEST_TIME_NONE;
    if ((f->has_since && (!has_time || row->time < f->since)) ||
        (f->has_until && (!has_time || row->time >= f->until)))
        return false;
    if (f->deployment && row->deployment != f->deployment)
        return false;
    return row->size == MANIFEST_SIZE_UNKNOWN || row->size >= f->min_size;
}

void manifest_keep(manifest *m, bool (*keep)(const manifest_row *row, const void *user),
                   const void *user)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++)
        if (keep(&m->row[i], user))
            m->row[kept++] = m->row[i];
    m->n = kept;
}

size_t manifest_select(manifest *m, const manifest_filter *f)
{
    const size_t before = m->n;
    manifest_keep(m, is_selected, f);
    return before - m->n;
}

void manifest_share(manifest *m, uint64_t k, uint64_t n)
{
    size_t kept = 0;
    for (uint64_t i = k; i < m->n; i += n) {
        m->row[kept++] = m->row[i];
        if (n > m->n)
            break;
    }
    m->n = kept;
}
