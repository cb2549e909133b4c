#include "cli/verbs/convert_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/say.h"

/* The result of a clip in the report. */
typedef struct result {
    char *clip;
    size_t line;
    bool failed;
} result;

typedef struct results {
    result *at;
    size_t n, capacity;
} results;

static int by_clip(const void *a, const void *b)
{
    const result *x = a, *y = b;
    const int order = strcmp(x->clip, y->clip);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int add_result(results *r, const char *clip, bool failed, size_t line, cz_error *err)
{
    if (r->n == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 64;
        result *more = realloc(r->at, capacity * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "report of %zu lines", capacity);
        r->at = more;
        r->capacity = capacity;
    }
    char *copy = strdup(clip);
    if (!copy)
        return cz_fail_memory(err, "report");
    r->at[r->n++] = (result){copy, line, failed};
    return CZ_OK;
}

/* A line that a killed run cut off is ignored, with a warning: its clip is not known to have
 * failed, and a run over all sources converts it. */
static int add_line(results *r, const char *text, size_t n, size_t line, const char *path,
                    cz_error *err)
{
    char what[512];
    const char *clip;
    cJSON *doc = NULL;
    (void)snprintf(what, sizeof what, "--report %.400s: line %zu", path, line);
    int rc = json_parse(&doc, text, n, what, err);
    if (rc == CZ_OK)
        rc = json_text(&clip, doc, "clip", what, err);
    if (rc == CZ_OK)
        rc = add_result(r, clip, json_at(doc, "error") != NULL, line, err);
    json_free(doc);
    if (rc != CZ_FORMAT)
        return rc;
    say(stderr, "camzarr: warning: %s", err->message);
    return CZ_OK;
}

static int read_results(results *r, const char *path, cz_error *err)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t room = 0, line = 0;
    int rc = CZ_OK;
    if (!file)
        return cz_fail_errno(err, errno, "--report %s", path);
    errno = 0;
    for (ssize_t n; rc == CZ_OK && (n = getline(&text, &room, file)) >= 0;)
        rc = add_line(r, text, (size_t)n, ++line, path, err);
    if (rc == CZ_OK && ferror(file))
        rc = cz_fail_errno(err, errno, "--report %s", path);
    free(text);
    (void)fclose(file);
    return rc;
}

/* Keep the last line of each clip. */
static void keep_last(results *r)
{
    size_t kept = 0;
    if (r->n > 0)
        qsort(r->at, r->n, sizeof *r->at, by_clip);
    for (size_t i = 0; i < r->n; i++) {
        if (i + 1 < r->n && strcmp(r->at[i].clip, r->at[i + 1].clip) == 0)
            free(r->at[i].clip);
        else
            r->at[kept++] = r->at[i];
    }
    r->n = kept;
}

static int find_clip(const void *key, const void *at)
{
    return strcmp(key, ((const result *)at)->clip);
}

static bool has_failed(const manifest_row *row, const void *user)
{
    const results *r = user;
    char name[MANIFEST_SOURCE_MAX + 1];
    manifest_name(name, row);
    const result *found = r->n ? bsearch(name, r->at, r->n, sizeof *r->at, find_clip) : NULL;
    return found && found->failed;
}

int convert_report_select(manifest *rows, const char *path)
{
    cz_error err;
    results r = {0};
    const int rc = read_results(&r, path, &err);
    if (rc == CZ_OK) {
        keep_last(&r);
        manifest_keep(rows, has_failed, &r);
    }
    for (size_t i = 0; i < r.n; i++)
        free(r.at[i].clip);
    free(r.at);
    return rc < 0 ? say_error(&err) : 0;
}

/* The last byte of a regular file; -1: it is empty, absent or something else. */
static int last_byte(const char *path)
{
    struct stat st;
    int c = -1;
    FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
    if (file && fseek(file, -1, SEEK_END) == 0)
        c = fgetc(file);
    if (file)
        (void)fclose(file);
    return c;
}

int convert_report_open(FILE **out, const char *path)
{
    cz_error err;
    *out = NULL;
    if (!path)
        return 0;
    const int last = last_byte(path);
    *out = fopen(path, "ae");
    if (*out && (last == -1 || last == '\n' || fputc('\n', *out) != EOF))
        return 0;
    (void)cz_fail_errno(&err, errno, "--report %s", path);
    if (*out)
        (void)fclose(*out);
    *out = NULL;
    return say_error(&err);
}
