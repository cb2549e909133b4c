/* Reading the .md5 files that a listing has. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "manifest/check.h"
#include "manifest/md5_text.h"
#include "manifest/web.h"

enum { BATCH = 16, SIDECAR_MAX = 4096, FIRST_WORD = 33 };

/* The first word of the file is a digest: md5sum writes a name after it. */
static bool parse_sidecar(manifest_row *row, const char *text, size_t n)
{
    char word[FIRST_WORD] = "";
    if (n < FIRST_WORD - 1 || (n >= FIRST_WORD && !isspace((unsigned char)text[FIRST_WORD - 1])))
        return false;
    memcpy(word, text, FIRST_WORD - 1);
    row->has_md5 = md5_parse(row->md5, word);
    return row->has_md5;
}

static int sidecar_name(buf *out, const char *text, cz_error *err)
{
    const size_t n = web_is_address(text) ? strcspn(text, "?#") : strlen(text);
    out->len = 0;
    buf_printf(out, "%.*s.md5%s", (int)n, text, text + n);
    return buf_text(out) ? CZ_OK : cz_fail_memory(err, ".md5 file");
}

static int read_local(manifest_row *row, const char *path, cz_error *err)
{
    char text[64];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    const int why = errno;
    if (fd >= 0)
        (void)close(fd);
    if (n < 0)
        return cz_fail_errno(err, why, "%s", path);
    return parse_sidecar(row, text, (size_t)n) ? CZ_OK
                                               : cz_fail(err, CZ_FORMAT, "%s: holds no MD5", path);
}

static int read_response(manifest_row *row, const web_request *r, cz_error *err)
{
    if (r->http.rc < 0) {
        *err = r->http.err;
        return r->http.rc;
    }
    if (r->is_html)
        return cz_fail(err, CZ_FORMAT, "%s: the server returned a web page", r->shown.url);
    return parse_sidecar(row, (const char *)r->body.at, r->body.len)
               ? CZ_OK
               : cz_fail(err, CZ_FORMAT, "%s: holds no MD5", r->shown.url);
}

typedef struct batch {
    transport *transport;
    web_request request[BATCH];
    manifest_row *row[BATCH];
    size_t n;
    void (*bad_row)(void *user, const cz_error *err);
    void *user;
} batch;

static int run_batch(batch *b, cz_error *err)
{
    int rc = b->n ? web_run(b->transport, b->request, b->n, err) : CZ_OK;
    for (size_t i = 0; i < b->n; i++) {
        cz_error why;
        const int read = rc == CZ_OK ? read_response(b->row[i], &b->request[i], &why) : CZ_OK;
        if (read == CZ_CANCELLED)
            rc = cz_fail(err, read, ".md5 files: stopped");
        else if (read < 0 && b->bad_row)
            b->bad_row(b->user, &why);
        web_request_free(&b->request[i]);
    }
    b->n = 0;
    return rc;
}

static int add_row(batch *b, manifest_row *row, cz_error *err)
{
    buf name = {0};
    cz_error why;
    int rc = sidecar_name(&name, row->source, err);
    const char *text = rc == CZ_OK ? (const char *)name.at : "";
    if (rc == CZ_OK && web_is_address(text)) {
        b->row[b->n] = row;
        rc = web_get(&b->request[b->n++], text, SIDECAR_MAX, err);
    } else if (rc == CZ_OK && read_local(row, text, &why) < 0 && b->bad_row) {
        b->bad_row(b->user, &why);
    }
    buf_free(&name);
    return rc == CZ_OK && b->n == BATCH ? run_batch(b, err) : rc;
}

int manifest_read_sidecars(manifest *m, const check_options *o,
                           void (*bad_row)(void *user, const cz_error *err), void *user,
                           cz_error *err)
{
    batch b = {.bad_row = bad_row, .user = user};
    int rc = web_open(&b.transport, o->network, WEB_CONNECTIONS, err);
    for (size_t i = 0; rc == CZ_OK && i < manifest_count(m); i++) {
        manifest_row *row = manifest_at(m, i);
        if (row->has_sidecar && !row->has_md5)
            rc = add_row(&b, row, err);
        if (rc == CZ_OK && o->progress && o->progress(o->user, i, 0))
            rc = cz_fail(err, CZ_CANCELLED, ".md5 files: stopped");
    }
    if (rc == CZ_OK)
        rc = run_batch(&b, err);
    for (size_t i = 0; i < b.n; i++)
        web_request_free(&b.request[i]);
    transport_close(&b.transport);
    return rc;
}
