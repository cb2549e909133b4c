#include "cli/verbs/convert_sources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "cli/check/manifest_file.h"
#include "cli/say.h"
#include "cli/verbs/convert_report.h"
#include "source/source.h"
#include "store/text/encode.h"

/* ---- Where they come from -------------------------------------------------------------------- */

static int add_source(convert_sources *s, const options *o, const char *from, uint32_t line)
{
    cz_error err;
    const manifest_row row = {
        .source = from, .name = o->name, .size = MANIFEST_SIZE_UNKNOWN, .line = line};
    return manifest_add(s->rows, &row, &err) < 0 ? say_error(&err) : 0;
}

static int read_arguments(convert_sources *s, const options *o)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i + 1 < o->n_args; i++)
        code = add_source(s, o, o->arg[i], 0);
    return code;
}

/* A list: one path or address a line; empty lines and those that begin with # are ignored. */
static int read_list(convert_sources *s, const options *o)
{
    const bool is_input = strcmp(o->from, "-") == 0;
    FILE *file = is_input ? stdin : fopen(o->from, "re");
    cz_error err;
    char *line = NULL;
    size_t room = 0;
    uint32_t number = 0;
    int code = 0;
    if (!file) {
        (void)cz_fail_errno(&err, errno, "--from %s", o->from);
        return say_error(&err);
    }
    errno = 0;
    for (ssize_t n; code == 0 && (n = getline(&line, &room, file)) >= 0;) {
        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0 && line[0] != '#')
            code = add_source(s, o, line, number);
    }
    if (code == 0 && ferror(file)) {
        (void)cz_fail_errno(&err, errno, "--from %s", o->from);
        code = say_error(&err);
    }
    free(line);
    if (!is_input)
        (void)fclose(file);
    return code;
}

/* ---- One name, one clip ---------------------------------------------------------------------- */

typedef struct named_row {
    const manifest_row *row;
} named_row;

static int by_name(const void *a, const void *b)
{
    char x[MANIFEST_SOURCE_MAX + 1], y[MANIFEST_SOURCE_MAX + 1];
    const manifest_row *p = ((const named_row *)a)->row, *q = ((const named_row *)b)->row;
    manifest_name(x, p);
    manifest_name(y, q);
    const int order = strcmp(x, y);
    return order ? order : strcmp(p->source, q->source);
}

static bool have_one_name(const manifest_row *a, const manifest_row *b)
{
    char x[MANIFEST_SOURCE_MAX + 1], y[MANIFEST_SOURCE_MAX + 1];
    manifest_name(x, a);
    manifest_name(y, b);
    return strcmp(x, y) == 0;
}

static int refuse_pair(const manifest_row *a, const manifest_row *b)
{
    cz_error err;
    char *first = source_clean(a->source), *second = source_clean(b->source);
    if (first && second)
        (void)cz_fail(&err, CZ_USAGE, "%s: another source, %s, has the same name", second, first);
    else
        (void)cz_fail_memory(&err, "sources");
    cz_hint(&err, "convert one of them by itself, with --name NAME");
    free(first);
    free(second);
    return say_error(&err);
}

/* Refuse two sources that would become one clip: otherwise their order would decide which of them
 * is converted. */
static int check_names(const convert_sources *s)
{
    const size_t n = manifest_count(s->rows);
    named_row *all = calloc(n ? n : 1, sizeof *all);
    cz_error err;
    int code = 0;
    if (!all) {
        (void)cz_fail_memory(&err, "%zu sources", n);
        return say_error(&err);
    }
    for (size_t i = 0; i < n; i++)
        all[i].row = manifest_at(s->rows, i);
    if (n > 0)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 1; code == 0 && i < n; i++)
        if (have_one_name(all[i - 1].row, all[i].row))
            code = refuse_pair(all[i - 1].row, all[i].row);
    free(all);
    return code;
}

/* ---- A worker's share ------------------------------------------------------------------------ */

static bool number_of(uint64_t *out, const char *name)
{
    const char *text = environment(name);
    return text && parse_decimal(out, text);
}

/* K and N of an array of jobs; N stays 0 where only K is known. */
static bool from_environment(uint64_t *ret_k, uint64_t *ret_n)
{
    uint64_t id, first = 0, step = 1;
    *ret_n = 0;
    if (number_of(&id, "SLURM_ARRAY_TASK_ID")) {
        (void)number_of(&first, "SLURM_ARRAY_TASK_MIN");
        (void)number_of(&step, "SLURM_ARRAY_TASK_STEP");
        (void)number_of(ret_n, "SLURM_ARRAY_TASK_COUNT");
        *ret_k = id < first || step == 0 ? id : (id - first) / step;
        return true;
    }
    return number_of(ret_k, "JOB_COMPLETION_INDEX");
}

int convert_index_parse(uint64_t *ret_k, uint64_t *ret_n, const char *text)
{
    char first[32];
    const size_t n = strcspn(text, "/");
    uint64_t count = 0;
    if (n >= sizeof first)
        return say_usage("convert", "--index %s: not K/N", text);
    memcpy(first, text, n);
    first[n] = '\0';
    if (strcmp(first, "auto") == 0) {
        if (!from_environment(ret_k, &count))
            return say_usage("convert",
                             "--index %s: neither SLURM_ARRAY_TASK_ID nor "
                             "JOB_COMPLETION_INDEX is set",
                             text);
    } else if (!parse_decimal(ret_k, first)) {
        return say_usage("convert", "--index %s: not K/N, auto or auto/N", text);
    } else if (text[n] == '\0') {
        (void)number_of(&count, "SLURM_ARRAY_TASK_COUNT");
    }
    if (text[n] == '/' && !parse_decimal(&count, text + n + 1))
        return say_usage("convert", "--index %s: not K/N, auto or auto/N", text);
    if (count == 0)
        return say_usage("convert", "--index %s: the number of workers is not known: give K/N",
                         text);
    if (*ret_k >= count)
        return say_usage("convert",
                         "--index %s: worker %" PRIu64 " of %" PRIu64 ": workers count from 0",
                         text, *ret_k, count);
    *ret_n = count;
    return 0;
}

static int take_share(convert_sources *s, const options *o)
{
    uint64_t k = 0;
    s->workers = 1;
    if (!o->index)
        return 0;
    const int code = convert_index_parse(&k, &s->workers, o->index);
    if (code == 0)
        manifest_share(s->rows, k, s->workers);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int check_options(const options *o)
{
    const bool is_list = o->manifest || o->from;
    const size_t n = o->n_args - 1;
    if (o->manifest && o->from)
        return say_usage("convert", "--manifest and --from: only one of them");
    if (is_list && n > 0)
        return say_usage("convert", "%s: a source beside %s", o->arg[0],
                         o->manifest ? "--manifest" : "--from");
    if (!is_list && n == 0)
        return say_usage("convert", "missing argument: SOURCE... STORE");
    if (o->name && (is_list || n > 1))
        return say_usage("convert", "--name %s: requires exactly one source, not %zu", o->name, n);
    if (o->md5 && strcmp(o->md5, "none") != 0 && (is_list || n > 1))
        return say_usage("convert", "--md5 %s: requires exactly one source", o->md5);
    if (o->only && strcmp(o->only, "failed") != 0)
        return say_usage("convert", "--only %s: not `failed`", o->only);
    if (o->only && !o->report)
        return say_usage("convert", "--only failed: requires --report FILE, the report to read");
    return 0;
}

int convert_sources_read(convert_sources *out, const options *o)
{
    cz_error err;
    int code = check_options(o);
    *out = (convert_sources){.store = o->n_args ? o->arg[o->n_args - 1] : NULL,
                             .is_list = o->manifest || o->from};
    if (code != 0)
        return code;
    if (manifest_new(&out->rows, &err) < 0)
        return say_error(&err);
    code = o->manifest ? manifest_file_read(out->rows, o->manifest)
           : o->from   ? read_list(out, o)
                       : read_arguments(out, o);
    if (code == 0)
        code = check_names(out);
    out->whole = manifest_count(out->rows);
    if (code == 0)
        code = take_share(out, o);
    if (code == 0 && o->only)
        code = convert_report_select(out->rows, o->report);
    return code;
}

void convert_sources_free(convert_sources *s)
{
    manifest_free(&s->rows);
}
