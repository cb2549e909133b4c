/* format/commit_marker_read.c: commit markers.
 *
 * The input is the marker's text. Its digest is corrected first, so that parsing is reached. */
#include "format/commit_marker.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "format/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static void seal(uint8_t *text, size_t n)
{
    static const char member[] = "\"digest\": \"";
    const size_t len = sizeof member - 1;
    char hex[SHA256_HEX + 1];
    uint8_t *at = memmem(text, n, member, len);
    if (!at || n - (size_t)(at - text) < len + SHA256_HEX)
        return;
    at += len;
    memset(at, '0', SHA256_HEX);
    promise(sha256_hex(hex, text, n, NULL) == CZ_OK);
    memcpy(at, hex, SHA256_HEX);
}

static void check(const commit_marker *m)
{
    const cz_facts *f = &m->facts;
    char key[KEY_MAX];
    promise(f->frames > 0 && f->frames < UINT64_C(1) << 28 && f->width > 0 && f->height > 0);
    promise(f->frames_per_shard > 0 && f->frames_per_shard <= SHARD_FRAMES_MAX);
    promise(f->damaged_frames <= f->frames && f->rate_den > 0 && f->start <= f->end);
    promise(m->frame_bytes <= f->source_bytes &&
            commit_marker_shards(m) * f->frames_per_shard >= f->frames);
    promise(commit_marker_source_chunks(m) <= f->source_bytes / SOURCE_CHUNK + 1);
    for (size_t i = 0; i < m->n_objects; i++) {
        clip_key(key, f->name, m->object[i].key);
        promise(os_key_valid(key) && commit_marker_find(m, m->object[i].key) == &m->object[i]);
        promise(strlen(key) == strlen("clips//") + strlen(f->name) + strlen(m->object[i].key));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    cz_error err;
    commit_marker *m = NULL;
    /* Of its exact size, so that a sanitizer sees the first byte outside. */
    uint8_t *text = malloc(n ? n : 1);
    if (!text)
        abort();
    if (n)
        memcpy(text, data, n);
    seal(text, n);
    const int rc = commit_marker_parse(&m, ZARR_V3, text, n, "tiny", "fuzz", &err);
    if (rc == CZ_OK)
        check(m);
    else
        promise(m == NULL && err.code == rc && err.message[0]);
    commit_marker_free(&m);
    free(text);
    return 0;
}
