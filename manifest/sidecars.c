#include "manifest/sidecars.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), own = strlen(ending);
    return n > own && strcasecmp(name + n - own, ending) == 0;
}

bool sidecar_is(const char *name)
{
    return has_ending(name, ".mov.md5");
}

bool movie_is(const char *name)
{
    return has_ending(name, ".mov");
}

void sidecars_add(sidecars *s, const char *text)
{
    buf_add(&s->texts, text, strlen(text) - strlen(".md5"));
    buf_add(&s->texts, "", 1);
    s->n++;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find_text(const void *key, const void *at)
{
    return strcmp(key, *(const char *const *)at);
}

int sidecars_apply(sidecars *s, manifest *m, size_t first, cz_error *err)
{
    const char **all = calloc(s->n ? s->n : 1, sizeof *all);
    int rc = CZ_OK;
    if (!all || s->texts.bad)
        rc = cz_fail_memory(err, "%zu .md5 files", s->n);
    const char *at = (const char *)s->texts.at;
    for (size_t i = 0; rc == CZ_OK && i < s->n; at += strlen(at) + 1)
        all[i++] = at;
    if (rc == CZ_OK && s->n > 0)
        qsort(all, s->n, sizeof *all, by_text);
    for (size_t i = first; rc == CZ_OK && s->n > 0 && i < manifest_count(m); i++) {
        manifest_row *row = manifest_at(m, i);
        row->has_sidecar = bsearch(row->source, all, s->n, sizeof *all, find_text) != NULL;
    }
    free(all);
    buf_free(&s->texts);
    s->n = 0;
    return rc;
}
