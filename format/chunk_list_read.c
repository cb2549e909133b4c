#include "format/chunk_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/member_names.h"
#include "store/json/json.h"

enum { BUFFER_BYTES = 256 << 10 };

int chunk_list_open(chunk_list *l, object_store *os, const char *clip, uint64_t size, cz_error *err)
{
    *l = (chunk_list){.os = os, .size = size};
    clip_key(l->key, clip, REL_KEY_CHUNK_LIST);
    const int rc = digest_new(&l->sha256, DIGEST_SHA256, err);
    if (rc < 0)
        return rc;
    l->buffer = malloc(BUFFER_BYTES);
    if (l->buffer)
        return CZ_OK;
    digest_free(&l->sha256);
    return cz_fail_memory(err, "%s", l->key);
}

void chunk_list_close(chunk_list *l)
{
    if (!l)
        return;
    digest_free(&l->sha256);
    free(l->buffer);
    *l = (chunk_list){0};
}

/* Move the incomplete line to the front of the buffer, and fill the rest. */
static int fill_buffer(chunk_list *l, cz_error *err)
{
    const size_t kept = l->len - l->at;
    const uint64_t left = l->size - l->read;
    const size_t n = left < BUFFER_BYTES - kept ? (size_t)left : BUFFER_BYTES - kept;
    memmove(l->buffer, l->buffer + l->at, kept);
    l->at = 0;
    l->len = kept;
    os_read read = {.key = l->key, .offset = l->read, .len = n, .to = l->buffer + kept};
    const int rc = os_get(l->os, &read, 1, NULL, err);
    if (rc < 0)
        return rc;
    digest_update(l->sha256, l->buffer + kept, n);
    l->read += n;
    l->len += n;
    return CZ_OK;
}

static int parse_line(chunk_list_entry *out, const void *text, size_t n, const char *what,
                      cz_error *err)
{
    const char *key = NULL, *sha256 = NULL;
    cJSON *doc = NULL;
    int rc = json_parse(&doc, text, n, what, err);
    if (rc < 0 || (rc = json_text(&key, doc, MEMBER_KEY, what, err)) < 0 ||
        (rc = json_text(&sha256, doc, MEMBER_SHA256, what, err)) < 0 ||
        (rc = json_u64(&out->size, doc, MEMBER_SIZE, what, err)) < 0)
        goto end;
    const int key_len = snprintf(out->rel_key, sizeof out->rel_key, "%s", key);
    const int sha_len = snprintf(out->sha256, sizeof out->sha256, "%s", sha256);
    if (key_len < 0 || (size_t)key_len >= sizeof out->rel_key || sha_len != SHA256_HEX)
        rc = cz_fail(err, CZ_FORMAT, "%s: \"%.80s\" is no object with its SHA-256", what, key);
end:
    json_free(doc);
    return rc;
}

int chunk_list_next(chunk_list *l, chunk_list_entry *out, cz_error *err)
{
    if (l->len - l->at < CHUNK_LINE_MAX && l->read < l->size) {
        const int rc = fill_buffer(l, err);
        if (rc < 0)
            return rc;
    }
    if (l->at == l->len)
        return 0;
    const uint8_t *line = l->buffer + l->at;
    const uint8_t *end = memchr(line, '\n', l->len - l->at);
    if (!end || end - line >= CHUNK_LINE_MAX)
        return cz_fail(err, CZ_FORMAT, "%s: a line that doesn't end (byte %" PRIu64 ")", l->key,
                       l->read - (l->len - l->at));
    l->at += (size_t)(end - line) + 1;
    const int rc = parse_line(out, line, (size_t)(end - line), l->key, err);
    return rc < 0 ? rc : 1;
}

int chunk_list_check(chunk_list *l, const char *sha256, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    int rc = CZ_OK;
    while (rc == CZ_OK && l->read < l->size) {
        l->at = l->len; /* skip the remaining lines */
        rc = fill_buffer(l, err);
    }
    if (rc == CZ_OK)
        rc = digest_final_hex(l->sha256, hex, err);
    if (rc == CZ_OK && strcmp(hex, sha256) != 0)
        rc = cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in the commit marker", l->key);
    return rc;
}
