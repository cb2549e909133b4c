#include <stdlib.h>

#include "reader/reader.h"

int cz_facts_read(cz_facts **out, cz_store *store, const char *name, cz_error *err)
{
    clip_mark *m = NULL;
    *out = NULL;
    const int rc = mark_read(&m, store->os, name, err);
    if (rc == CZ_OK)
        *out = &m->facts;
    return rc;
}

void cz_facts_free(cz_facts **facts)
{
    if (!facts || !*facts)
        return;
    clip_mark *m = (clip_mark *)*facts; /* its first member */
    mark_free(&m);
    *facts = NULL;
}

int clip_of_mark(cz_clip **out, cz_store *store, clip_mark **mark, cz_error *err)
{
    *out = NULL;
    cz_clip *clip = calloc(1, sizeof *clip);
    if (!clip)
        return cz_fail(err, CZ_NOMEM, "%s", (*mark)->facts.name);
    for (int c = 0; c < N_COLUMNS; c++)
        atomic_init(&clip->column[c], NULL);
    clip->store = store_keep(store);
    clip->mark = *mark;
    *mark = NULL;
    *out = clip;
    return CZ_OK;
}

int cz_clip_open(cz_clip **out, cz_store *store, const char *name, cz_error *err)
{
    clip_mark *mark = NULL;
    cz_clip *clip = NULL;
    int rc = CZ_OK;
    *out = NULL;
    if ((rc = mark_read(&mark, store->os, name, err)) < 0 ||
        (rc = clip_of_mark(&clip, store, &mark, err)) < 0 || (rc = clip_table_load(clip, err)) < 0)
        goto end;
    *out = clip;
    clip = NULL;
end:
    cz_clip_close(&clip);
    mark_free(&mark);
    return rc;
}

void cz_clip_close(cz_clip **clip)
{
    if (!clip || !*clip)
        return;
    for (int c = 0; c < N_COLUMNS; c++)
        free(atomic_load(&(*clip)->column[c]));
    mark_free(&(*clip)->mark);
    cz_close(&(*clip)->store);
    free(*clip);
    *clip = NULL;
}

const cz_facts *cz_clip_facts(const cz_clip *clip)
{
    return &clip->mark->facts;
}
