#include "convert/conversion_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/json/json.h"
#include "format/layout.h"

#define KIND_REMOVAL "removal"
enum { SAMPLE = 1 << 20, CONVERSION_RECORD_MAX = 64 << 10 };

static int sample_hex(char hex[SHA256_HEX + 1], const mov_input *in, uint64_t offset, size_t n,
                      cz_error *err)
{
    uint8_t *sample = malloc(n ? n : 1);
    if (!sample)
        return cz_fail(err, CZ_NOMEM, "%s: fingerprint", in->name);
    int rc = n ? in->read_at(in->ctx, offset, sample, n, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = sha256_hex(hex, sample, n, err);
    free(sample);
    return rc;
}

int fingerprint_make(char hex[SHA256_HEX + 1], const mov_input *in, const char *clip,
                     const cz_convert_job *job, cz_error *err)
{
    char head[SHA256_HEX + 1], tail[SHA256_HEX + 1];
    const size_t n = in->size < SAMPLE ? (size_t)in->size : SAMPLE;
    int rc = sample_hex(head, in, 0, n, err);
    if (rc == CZ_OK)
        rc = sample_hex(tail, in, in->size - n, n, err);
    if (rc < 0)
        return rc;
    cJSON *line = json_object(), *source = json_object();
    json_add_u64(line, "format", FORMAT_MAJOR);
    json_add_text(line, "name", clip);
    json_add_text(source, "name", in->name);
    json_add_u64(source, "bytes", in->size);
    json_add_text(source, "head", head);
    json_add_text(source, "tail", tail);
    json_add(line, "source", source);
    if (job->zarr_format != ZARR_V3) {
        json_add_u64(line, "zarr_format", job->zarr_format);
    } else {
        json_add_u64(line, "frames_per_shard", job->frames_per_shard);
    }
    json_add_bool(line, "recover", job->recover);
    json_add_bool(line, "sha256", job->sha256);
    buf text = {0};
    rc = json_print(&text, line, true, err);
    if (rc == CZ_OK)
        rc = sha256_hex(hex, text.at, text.len, err);
    buf_free(&text);
    json_free(line);
    return rc;
}

int conversion_record_read(conversion_record *out, object_store *os, const char *clip,
                           cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, clip, REL_KEY_RECORD);
    buf text = {0};
    cJSON *doc = NULL;
    const char *fingerprint, *kind;
    int rc = os_get_all(os, key, CONVERSION_RECORD_MAX, &text, err);
    if (rc == CZ_OK)
        rc = json_parse(&doc, text.at, text.len, key, err);
    if (rc == CZ_OK)
        rc = json_text(&fingerprint, doc, "camzarr.fingerprint", key, err);
    if (rc == CZ_OK && strlen(fingerprint) != SHA256_HEX)
        rc = cz_fail(err, CZ_FORMAT, "%s: no fingerprint in it", key);
    if (rc == CZ_OK) {
        memcpy(out->fingerprint, fingerprint, SHA256_HEX + 1);
        out->is_removal = json_text(&kind, doc, "camzarr.kind", key, NULL) == CZ_OK &&
                          strcmp(kind, KIND_REMOVAL) == 0;
    }
    json_free(doc);
    buf_free(&text);
    return rc;
}

/* source belongs to the callee from now on; NULL: none. */
static int put_record(object_store *os, const char *clip, const char *kind, const char *fingerprint,
                      cJSON *source, os_put_mode mode, cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, clip, REL_KEY_RECORD);
    cJSON *doc = json_object(), *ours = json_object();
    json_add_text(ours, "format", FORMAT_TEXT);
    json_add_text(ours, "kind", kind);
    json_add_text(ours, "fingerprint", fingerprint);
    if (source)
        json_add(ours, "source", source);
    json_add(doc, "camzarr", ours);
    buf text = {0};
    int rc = json_print_stored(&text, doc, err);
    if (rc == CZ_OK)
        rc = os_put(os, key, text.at, text.len, mode, err);
    buf_free(&text);
    json_free(doc);
    return rc;
}

int conversion_record_write(object_store *os, const char *clip, const char *fingerprint,
                            const mov_input *in, bool replace, cz_error *err)
{
    cJSON *from = json_object();
    json_add_text(from, "name", in->name);
    json_add_u64(from, "bytes", in->size);
    return put_record(os, clip, "begun", fingerprint, from, replace ? OS_COMMIT : OS_CREATE, err);
}

int removal_identity(char hex[SHA256_HEX + 1], cz_error *err)
{
    uint8_t random[32];
    if (getentropy(random, sizeof random) != 0)
        return cz_fail_errno(err, errno, "random bytes");
    return sha256_hex(hex, random, sizeof random, err);
}

int removal_record_write(object_store *os, const char *clip, const char *identity, cz_error *err)
{
    return put_record(os, clip, KIND_REMOVAL, identity, NULL, OS_COMMIT, err);
}

int conversion_record_remove(object_store *os, const char *clip, const char *fingerprint,
                             cz_error *err)
{
    char key[KEY_MAX];
    conversion_record there;
    cz_error why = {0};
    clip_key(key, clip, REL_KEY_RECORD);
    int rc = conversion_record_read(&there, os, clip, &why);
    if (rc == CZ_OK && strcmp(there.fingerprint, fingerprint) != 0)
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal took it over",
                       clip);
    if (rc == CZ_OK)
        rc = os_remove(os, key, &why);
    if (rc < 0 && rc != CZ_ABSENT && err)
        *err = why;
    return rc == CZ_ABSENT ? CZ_OK : rc;
}
