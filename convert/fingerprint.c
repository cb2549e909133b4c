#include "convert/fingerprint.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/layout.h"
#include "store/json/json.h"

enum { SAMPLE = 1 << 20 };

static int sample_hex(char hex[SHA256_HEX + 1], const mov_input *in, uint64_t offset, size_t n,
                      cz_error *err)
{
    uint8_t *sample = malloc(n ? n : 1);
    if (!sample)
        return cz_fail_memory(err, "%s: fingerprint", in->name);
    int rc = n ? in->read_at(in->ctx, offset, sample, n, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = sha256_hex(hex, sample, n, err);
    free(sample);
    return rc;
}

int source_sample_read(source_sample *out, const mov_input *in, cz_error *err)
{
    const size_t n = in->size < SAMPLE ? (size_t)in->size : SAMPLE;
    *out = (source_sample){.name = in->name, .bytes = in->size};
    int rc = sample_hex(out->head, in, 0, n, err);
    if (rc == CZ_OK)
        rc = sample_hex(out->tail, in, in->size - n, n, err);
    return rc;
}

int fingerprint_of_sample(char hex[SHA256_HEX + 1], const source_sample *sample, const char *clip,
                          const cz_convert_job *job, const char *overview, cz_error *err)
{
    cJSON *line = json_object(), *source = json_object();
    json_add_u64(line, "format", FORMAT_MAJOR);
    json_add_text(line, "name", clip);
    json_add_text(source, "name", sample->name);
    json_add_u64(source, "bytes", sample->bytes);
    json_add_text(source, "head", sample->head);
    json_add_text(source, "tail", sample->tail);
    json_add(line, "source", source);
    if (job->zarr_format != ZARR_V3) {
        json_add_u64(line, "zarr_format", job->zarr_format);
    } else {
        json_add_u64(line, "frames_per_shard", job->frames_per_shard);
    }
    json_add_bool(line, "recover", job->recover);
    json_add_bool(line, "sha256", job->sha256);
    json_add_optional_text(line, "overview", overview);
    buf text = {0};
    int rc = json_print(&text, line, true, err);
    if (rc == CZ_OK)
        rc = sha256_hex(hex, text.at, text.len, err);
    buf_free(&text);
    json_free(line);
    return rc;
}

int fingerprint_make(char hex[SHA256_HEX + 1], const mov_input *in, const char *clip,
                     const cz_convert_job *job, const char *overview, cz_error *err)
{
    source_sample sample;
    const int rc = source_sample_read(&sample, in, err);
    return rc == CZ_OK ? fingerprint_of_sample(hex, &sample, clip, job, overview, err) : rc;
}

int removal_identity(char hex[SHA256_HEX + 1], cz_error *err)
{
    uint8_t random[32];
    if (getentropy(random, sizeof random) != 0)
        return cz_fail_errno(err, errno, "random bytes");
    return sha256_hex(hex, random, sizeof random, err);
}
