#include "source/source.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "store/text/shown_url.h"
#include "source/backend.h"

static bool is_address(const char *path)
{
    return strncasecmp(path, "http://", 7) == 0 || strncasecmp(path, "https://", 8) == 0;
}

char *source_clean(const char *path)
{
    return is_address(path) ? shown_url(path) : strdup(path);
}

int source_open(source **out, const char *path, const cz_network *network, cz_error *err)
{
    *out = NULL;
    if (is_address(path))
        return source_http_open(out, path, network, err);
    return source_file_open(out, path, err);
}

void source_close(source **s)
{
    if (!s || !*s)
        return;
    (*s)->ops->close(*s);
    *s = NULL;
}

uint64_t source_size(const source *s)
{
    return s->size;
}

bool source_is_remote(const source *s)
{
    return s->connections > 0;
}

const char *source_shown(const source *s)
{
    return s->shown;
}

const char *source_name(const source *s)
{
    return s->name;
}

int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    source *s = ctx;
    const int rc = source_check_range(s, offset, len, err);
    return rc < 0 || len == 0 ? rc : s->ops->read_at(s, offset, to, len, err);
}

int source_get(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    return n ? s->ops->get(s, reads, n, done, err) : CZ_OK;
}

int source_check(source *s, cz_error *err)
{
    return s->ops->check(s, err);
}

void source_statistics(const source *s, net_statistics *out)
{
    if (s->ops->statistics)
        s->ops->statistics(s, out);
}

/* The first word of the file: md5sum writes the digest and the name, some archives only the digest.
 */
static bool first_word(char md5[33], const char *text, size_t n)
{
    if (n < 32 || (n > 32 && !isspace((unsigned char)text[32])))
        return false;
    for (size_t i = 0; i < 32; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        md5[i] = (char)tolower((unsigned char)text[i]);
    }
    md5[32] = '\0';
    return true;
}

int source_sidecar_md5(char md5[33], source *s, cz_error *err)
{
    char text[64];
    size_t n = 0;
    md5[0] = '\0';
    const int rc = s->ops->sidecar(s, text, sizeof text, &n, err);
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc != CZ_OK || first_word(md5, text, n))
        return rc;
    (void)cz_fail(err, CZ_FORMAT, "%s.md5: %s", s->shown,
                  n > 0 && text[0] == '<' ? "a web page, not an MD5" : "holds no MD5");
    cz_hint(err, "--md5 none ignores the file, --md5 HEX takes its place");
    return CZ_FORMAT;
}

int source_expected_md5(char md5[33], source *s, const char *given, cz_error *err)
{
    md5[0] = '\0';
    if (!given)
        return source_sidecar_md5(md5, s, err);
    if (strcmp(given, "none") == 0 || (strlen(given) == 32 && first_word(md5, given, 32)))
        return CZ_OK;
    return cz_fail(err, CZ_USAGE, "MD5 %.40s: neither 32 hexadecimal digits nor none", given);
}

bool source_sidecar_is_page(const source *s)
{
    return s->sidecar_is_page;
}
