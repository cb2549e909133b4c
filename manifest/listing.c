#include "manifest/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/sidecars.h"
#include "manifest/web.h"
#include "source/source.h"
#include "store/cloud/remote_request.h"

void listing_skip(const listing_state *s, const cz_error *err)
{
    if (s->o->bad_row)
        s->o->bad_row(s->o->user, err);
}

static bool has_control(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* The bounds keep a hostile or looping server from filling the memory. */
int listing_count(listing_state *s, size_t bytes, cz_error *err)
{
    s->rows++;
    s->text += bytes;
    if (s->rows > LISTING_ROWS_MAX || s->text > LISTING_TEXT_MAX)
        return cz_fail(err, CZ_FORMAT, "%s: more than %d rows, or %d MiB of addresses", s->shown,
                       LISTING_ROWS_MAX, LISTING_TEXT_MAX >> 20);
    return CZ_OK;
}

int listing_add(listing_state *s, manifest_row *row, cz_error *err)
{
    cz_error why = {0};
    int rc = listing_count(s, strlen(row->source) + (row->name ? strlen(row->name) : 0), err);
    if (rc < 0)
        return rc;
    row->listing = (uint8_t)s->number;
    if (has_control(row->source) || has_control(row->name))
        rc = cz_fail(&why, CZ_FORMAT, "row %" PRIu32 ": control character in the source or name",
                     row->line);
    else
        rc = manifest_add(s->to, row, &why);
    if (rc == CZ_FORMAT) {
        cz_prefix(&why, "%s", s->shown);
        listing_skip(s, &why);
        return CZ_OK;
    }
    if (rc < 0 && err)
        *err = why;
    return rc;
}

int listing_page(listing_state *s, cz_error *err)
{
    s->pages++;
    return listing_poll(s, err);
}

int listing_poll(const listing_state *s, cz_error *err)
{
    if (s->o->progress && s->o->progress(s->o->user, s->pages, manifest_count(s->to)))
        return cz_fail(err, CZ_CANCELLED, "%s: stopped", s->shown);
    return CZ_OK;
}

/* ---- Stores and folders ---------------------------------------------------------------------- */

typedef struct object_listing {
    listing_state *s;
    object_store *os;
    const char *folder; /* NULL: a store behind a network */
    sidecars sidecars;
    cz_error err;
} object_listing;

/* The address of an object, without a signature or token in its query. */
static int object_url(buf *out, object_store *os, const char *key, cz_error *err)
{
    provider *d = remote_of(os)->provider;
    const provider_request r = {.op = PROVIDER_GET_ALL, .key = key};
    http_message m = {0};
    const int rc = d->ops->build(d, &r, &m, err);
    const char *url = rc == CZ_OK ? buf_text(&m.url) : NULL;
    if (url)
        buf_add(out, url, strcspn(url, "?"));
    http_message_free(&m);
    return rc < 0 ? rc : url && buf_text(out) ? CZ_OK : cz_fail_memory(err, "%s", key);
}

/* The size of a local file, also of one behind a symbolic link, which os_list() reports as empty.
 */
static int add_file(object_listing *l, const char *path, cz_error *err)
{
    struct stat st;
    manifest_row row = {.source = path};
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
        cz_error why;
        (void)cz_fail(&why, CZ_UNSUPPORTED, "%s: not a file", path);
        listing_skip(l->s, &why);
        return CZ_OK;
    }
    row.size = (uint64_t)st.st_size;
    row.modified = (int64_t)st.st_mtim.tv_sec * 1000000000;
    return listing_add(l->s, &row, err);
}

static int add_object(object_listing *l, const os_object *o)
{
    buf path = {0};
    int rc = CZ_OK;
    if (!movie_is(o->key) && !sidecar_is(o->key))
        return CZ_OK;
    if (l->folder)
        buf_printf(&path, "%s%s%s", l->folder, l->folder[strlen(l->folder) - 1] == '/' ? "" : "/",
                   o->key);
    else
        rc = object_url(&path, l->os, o->key, &l->err);
    const char *text = rc == CZ_OK ? buf_text(&path) : NULL;
    if (rc == CZ_OK && !text)
        rc = cz_fail_memory(&l->err, "%s", o->key);
    if (rc == CZ_OK && sidecar_is(o->key) &&
        (rc = listing_count(l->s, strlen(text), &l->err)) == CZ_OK)
        sidecars_add(&l->sidecars, text);
    else if (rc == CZ_OK && l->folder)
        rc = add_file(l, text, &l->err);
    else if (rc == CZ_OK)
        rc = listing_add(l->s, &(manifest_row){.source = text, .size = o->size}, &l->err);
    buf_free(&path);
    return rc;
}

static int on_object(void *user, const os_object *o)
{
    object_listing *l = user;
    int rc = add_object(l, o);
    if (rc == CZ_OK && manifest_count(l->s->to) % 1000 == 0)
        rc = listing_page(l->s, &l->err);
    return rc;
}

static int read_objects(listing_state *s, const char *url, const char *folder, cz_error *err)
{
    object_listing l = {.s = s, .folder = folder};
    const size_t first = manifest_count(s->to);
    cz_error why = {0};
    int rc = os_open(&l.os, url, false, s->o->network, err);
    if (rc < 0)
        return rc;
    rc = os_list(l.os, "", false, on_object, &l, &why);
    if (rc == CZ_OK)
        rc = sidecars_apply(&l.sidecars, s->to, first, &why);
    if (rc < 0 && err)
        *err = l.err.code ? l.err : why;
    buf_free(&l.sidecars.texts);
    os_close(&l.os);
    return rc;
}

int listing_read_folder(listing_state *s, const char *path, cz_error *err)
{
    return read_objects(s, path, path, err);
}

int listing_read_store(listing_state *s, const char *url, cz_error *err)
{
    return read_objects(s, url, NULL, err);
}

/* ---- All of them ----------------------------------------------------------------------------- */

int listing_read(manifest *m, const char *listing, unsigned number, const listing_options *o,
                 cz_error *err)
{
    struct stat st;
    int rc;
    char *shown = source_clean(listing);
    listing_state s = {.to = m, .shown = shown, .number = number, .o = o};
    if (!shown)
        return cz_fail_memory(err, "listing");
    if (web_is_address(listing))
        rc = listing_read_web(&s, listing, err);
    else if (strstr(listing, "://") && strncmp(listing, "file://", 7) != 0)
        rc = listing_read_store(&s, listing, err);
    else if (stat(listing, &st) == 0 && S_ISDIR(st.st_mode))
        rc = listing_read_folder(&s, listing, err);
    else
        rc = listing_read_lines(&s, listing, err);
    free(shown);
    return rc;
}
