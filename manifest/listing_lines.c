/* Listings of JSON lines: manifests, dbcamhd.json, compressed by gzip or not. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/stop.h"
#include "manifest/camhd.h"
#include "manifest/web.h"
#include "manifest/listing.h"

enum { GZIP_BUFFER = 128 << 10 };

static int parse_row(manifest_row *row, const cJSON *doc, const char *what, cz_error *err)
{
    if (json_at(doc, "source"))
        return manifest_row_parse(row, doc, what, err);
    if (json_at(doc, "filename") || json_at(doc, "url"))
        return camhd_row_parse(row, doc, what, err);
    return cz_fail(err, CZ_FORMAT, "%s: neither a row of a manifest nor one of dbcamhd.json", what);
}

/* Add a line; one that cannot be used is reported. Errors: NOMEM. */
static int add_line(listing_state *s, const char *line, size_t n, uint32_t number, cz_error *err)
{
    char what[512];
    manifest_row row;
    cz_error why = {0};
    cJSON *doc = NULL;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' '))
        n--;
    if (n == 0)
        return CZ_OK;
    (void)snprintf(what, sizeof what, "%.400s: row %" PRIu32, s->shown, number);
    int rc = json_parse(&doc, line, n, what, &why);
    if (rc == CZ_OK)
        rc = parse_row(&row, doc, what, &why);
    /* A document of another machine must not make this one read its own files. */
    if (rc == CZ_OK && s->is_remote && !web_is_address(row.source))
        rc = cz_fail(&why, CZ_FORMAT, "%s: its source is not an http(s) address", what);
    if (rc == CZ_OK) {
        row.line = number;
        rc = listing_add(s, &row, &why);
    } else if (rc == CZ_FORMAT) {
        listing_skip(s, &why);
        rc = CZ_OK;
    }
    json_free(doc);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* Skip a line that cannot be used: its first n bytes have been read. A few bytes of gzip can hold
 * gigabytes of it, so progress() is called meanwhile. */
static int skip_line(listing_state *s, gzFile file, char *line, size_t n, uint32_t number,
                     const char *problem, cz_error *err)
{
    cz_error why;
    int rc = CZ_OK;
    (void)cz_fail(&why, CZ_FORMAT, "%s: row %" PRIu32 ": %s", s->shown, number, problem);
    listing_skip(s, &why);
    while (rc == CZ_OK && line[n - 1] != '\n') {
        const z_off_t at = gztell(file);
        if (!gzgets(file, line, LISTING_LINE_MAX))
            break;
        n = (size_t)(gztell(file) - at);
        rc = listing_poll(s, err);
    }
    return rc;
}

static int fail_read(const listing_state *s, gzFile file, cz_error *err)
{
    int code;
    const int was = errno;
    const char *text = gzerror(file, &code);
    if (code == Z_ERRNO && stop_asked())
        return cz_fail(err, CZ_CANCELLED, "%s: stopped", s->shown);
    if (code == Z_ERRNO)
        return cz_fail_errno(err, was, "%s", s->shown);
    if (code == Z_BUF_ERROR)
        return cz_fail(err, CZ_CORRUPT, "%s: gzip file is truncated", s->shown);
    return cz_fail(err, CZ_CORRUPT, "%s: gzip: %s", s->shown, text);
}

/* A file of another kind, such as a MOV, is refused after so many lines. */
enum { LINES_TRIED = 100 };

static int read_all(listing_state *s, gzFile file, char *line, cz_error *err)
{
    int rc = CZ_OK;
    uint32_t number = 0;
    for (z_off_t at = 0; rc == CZ_OK && gzgets(file, line, LISTING_LINE_MAX);) {
        /* Not strlen(): the zeros that a crash leaves in a file are no end of the line. */
        const size_t n = (size_t)(gztell(file) - at);
        number++;
        if (memchr(line, '\0', n))
            rc = skip_line(s, file, line, n, number, "has a NUL: the file is damaged", err);
        else if (n == LISTING_LINE_MAX - 1 && line[n - 1] != '\n')
            rc = skip_line(s, file, line, n, number, "longer than 64 KiB", err);
        else
            rc = add_line(s, line, n, number, err);
        at = gztell(file);
        if (rc == CZ_OK && number == LINES_TRIED && s->rows == 0)
            return cz_fail(err, CZ_FORMAT, "%s: not a listing: none of its first %d lines is a row",
                           s->shown, LINES_TRIED);
        if (rc == CZ_OK && number % 1000 == 0)
            rc = listing_page(s, err);
    }
    int code = Z_OK;
    (void)gzerror(file, &code);
    if (rc == CZ_OK && code != Z_OK && code != Z_STREAM_END)
        rc = fail_read(s, file, err);
    return rc;
}

/* Read the descriptor to its end, and close it. */
static int read_descriptor(listing_state *s, int fd, cz_error *err)
{
    const size_t before = manifest_count(s->to);
    char *line = malloc(LISTING_LINE_MAX);
    gzFile file = fd >= 0 && line ? gzdopen(fd, "rb") : NULL;
    int rc = CZ_OK;
    if (!file) {
        rc = cz_fail_memory(err, "%s", s->shown);
        (void)close(fd);
    } else {
        (void)gzbuffer(file, GZIP_BUFFER);
        rc = read_all(s, file, line, err);
        (void)gzclose_r(file);
    }
    free(line);
    if (rc == CZ_OK && manifest_count(s->to) == before)
        return cz_fail(err, CZ_FORMAT, "%s: has no row of a listing", s->shown);
    return rc;
}

int listing_read_lines(listing_state *s, const char *path, cz_error *err)
{
    FILE *file = NULL;
    if (strncmp(path, "file://", 7) == 0)
        path += 7;
    if (strcmp(path, "-") != 0 && !(file = fopen(path, "re")))
        return cz_fail_errno(err, errno, "%s", s->shown);
    const int fd = dup(file ? fileno(file) : STDIN_FILENO);
    const int why = errno;
    if (file)
        (void)fclose(file);
    return fd < 0 ? cz_fail_errno(err, why, "%s", s->shown) : read_descriptor(s, fd, err);
}

/* zlib reads descriptors, not memory. */
int listing_read_bytes(listing_state *s, const void *at, size_t n, cz_error *err)
{
    const uint8_t *from = at;
    const int fd = memfd_create("listing", MFD_CLOEXEC);
    while (fd >= 0 && n > 0) {
        const ssize_t done = write(fd, from, n);
        if (done < 0 && errno != EINTR)
            break;
        from += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    if (fd >= 0 && n == 0 && lseek(fd, 0, SEEK_SET) == 0)
        return read_descriptor(s, fd, err);
    const int rc = cz_fail_errno(err, errno, "%s: copy in memory", s->shown);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}
