#include "cli/missing_clip.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "format/layout.h"
#include "reader/reader.h"

enum { NAMES_SHOWN = 3 };

static bool is_incomplete(cz_store *store, const char *name)
{
    char key[KEY_MAX];
    uint64_t size;
    clip_key(key, name, REL_KEY_RECORD);
    return os_stat(store->os, key, &size, NULL) == CZ_OK;
}

/* The names around the place that this one would have: those of the same day, where names are
 * times. */
static void hint_neighbors(cz_error *err, char *const *names, size_t n, const char *name)
{
    size_t after = 0;
    while (after < n && strcmp(names[after], name) < 0)
        after++;
    size_t first = after < 2 ? 0 : after - 2;
    if (first + NAMES_SHOWN > n)
        first = n < NAMES_SHOWN ? 0 : n - NAMES_SHOWN;
    buf list = {0};
    for (size_t i = first; i < n && i < first + NAMES_SHOWN; i++)
        buf_printf(&list, "%s%s", i > first ? ", " : "", names[i]);
    const char *text = buf_text(&list);
    if (text)
        cz_hint(err, "the store has %s%s", text,
                n > NAMES_SHOWN ? ", ...; camzarr ls STORE lists all" : "");
    buf_free(&list);
}

int explain_missing_clip(int rc, cz_store *store, const char *name, cz_error *err)
{
    cz_facts *facts = NULL;
    char **names = NULL;
    size_t n = 0;
    if (rc != CZ_ABSENT || cz_facts_read(&facts, store, name, NULL) != CZ_ABSENT) {
        cz_facts_free(&facts);
        return rc;
    }
    cz_fail(err, CZ_ABSENT, "%s: no such clip (%s)", name, store->os->url);
    if (is_incomplete(store, name))
        cz_hint(err, "it is incomplete; run camzarr convert again to resume");
    else if (cz_clips(&names, &n, store, NULL) == CZ_OK && n == 0)
        cz_hint(err, "the store has no clips");
    else if (n > 0)
        hint_neighbors(err, names, n, name);
    cz_names_free(&names, n);
    return rc;
}

int open_clip(cz_clip **out, cz_store *store, const char *name, cz_error *err)
{
    return explain_missing_clip(cz_clip_open(out, store, name, err), store, name, err);
}
