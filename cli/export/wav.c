/* WAV: a sound track of a clip, with the values recorded. Source: Microsoft, Multimedia Programming
 * Interface and Data Specifications 1.0, and "Multiple Channel Audio Data and WAVE Files"; EBU Tech
 * 3306, RF64. */
#include "cli/export/wav.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/export/export.h"
#include "cli/say.h"
#include "cli/signals.h"

enum {
    WAVE_PCM = 1,
    WAVE_FLOAT = 3,
    WAVE_EXTENSIBLE = 0xfffe,
    PLAIN_CHANNELS_MAX = 2, /* more need WAVE_EXTENSIBLE */
    EXTENSION_BYTES = 22,   /* of WAVE_EXTENSIBLE behind its own size */
    DS64_BYTES = 28,        /* of the chunk that has the sizes in RF64 */
    BATCH_BYTES = 1 << 20,  /* of samples in memory at a time */
};

unsigned wav_sample_bytes(cz_sample_format format)
{
    static const unsigned bytes[] = {[CZ_U8] = 1,  [CZ_S8] = 1,  [CZ_S16] = 2, [CZ_S24] = 3,
                                     [CZ_S32] = 4, [CZ_F32] = 4, [CZ_F64] = 8};
    return bytes[format];
}

/* ---- Header ---------------------------------------------------------------------------------- */

static void add_number(buf *out, uint64_t value, unsigned bytes)
{
    uint8_t text[8];
    for (unsigned i = 0; i < bytes; i++)
        text[i] = (uint8_t)(value >> 8 * i);
    buf_add(out, text, bytes);
}

static void add_chunk_head(buf *out, const char *name, uint64_t size)
{
    buf_add(out, name, 4);
    add_number(out, size < UINT32_MAX ? size : UINT32_MAX, 4);
}

/* The GUID of a format: its number, and what all of them have. */
static void add_subformat(buf *out, unsigned format)
{
    static const uint8_t rest[] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    add_number(out, format, 2);
    buf_add(out, rest, sizeof rest);
}

static void add_format(buf *out, const cz_audio_facts *f)
{
    const unsigned format = f->format >= CZ_F32 ? WAVE_FLOAT : WAVE_PCM;
    const unsigned each = wav_sample_bytes(f->format);
    const bool is_extensible = f->channels > PLAIN_CHANNELS_MAX;
    add_chunk_head(out, "fmt ", is_extensible ? 18 + EXTENSION_BYTES : 16);
    add_number(out, is_extensible ? WAVE_EXTENSIBLE : format, 2);
    add_number(out, f->channels, 2);
    add_number(out, f->rate, 4);
    add_number(out, (uint64_t)f->rate * f->channels * each, 4);
    add_number(out, (uint64_t)f->channels * each, 2);
    add_number(out, (uint64_t)each * 8, 2);
    if (!is_extensible)
        return;
    add_number(out, EXTENSION_BYTES, 2);
    add_number(out, (uint64_t)each * 8, 2); /* valid bits */
    add_number(out, 0, 4);                  /* no channel has a place of its own */
    add_subformat(out, format);
}

int wav_header(buf *out, const cz_audio_facts *f, cz_error *err)
{
    const uint64_t each = (uint64_t)f->channels * wav_sample_bytes(f->format);
    const uint64_t data = f->samples * each, pad = data % 2;
    if (each > UINT16_MAX || f->rate * each > UINT32_MAX)
        return cz_fail(err, CZ_UNSUPPORTED,
                       "sound track %" PRIu32 ": %" PRIu32 " channels at %" PRIu32
                       " Hz are more than WAV can hold",
                       f->track, f->channels, f->rate);
    buf format = {0};
    add_format(&format, f);
    const uint64_t riff = 4 + format.len + 8 + data + pad;
    const bool is_long = riff >= UINT32_MAX;
    add_chunk_head(out, is_long ? "RF64" : "RIFF", is_long ? UINT32_MAX : riff);
    buf_add(out, "WAVE", 4);
    if (is_long) {
        add_chunk_head(out, "ds64", DS64_BYTES);
        add_number(out, riff + 8 + DS64_BYTES, 8);
        add_number(out, data, 8);
        add_number(out, f->samples, 8);
        add_number(out, 0, 4); /* no other chunk is longer */
    }
    buf_add(out, format.at, format.len);
    add_chunk_head(out, "data", is_long ? UINT32_MAX : data);
    out->bad |= format.bad;
    buf_free(&format);
    return out->bad ? cz_fail_memory(err, "header") : CZ_OK;
}

/* ---- Samples --------------------------------------------------------------------------------- */

static uint64_t bits_at(const uint8_t *at, unsigned bytes)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (bytes) {
    case 1:
        return *at;
    case 2:
        memcpy(&two, at, sizeof two);
        return two;
    case 4:
        memcpy(&four, at, sizeof four);
        return four;
    default:
        memcpy(&eight, at, sizeof eight);
        return eight;
    }
}

/* Values as WAV has them, in place: little-endian, 24 bits in 3 bytes, 8 bits unsigned. */
static size_t pack(uint8_t *at, size_t n, const cz_audio_facts *f)
{
    const unsigned each = wav_sample_bytes(f->format);
    const uint8_t *from = at;
    uint8_t *to = at;
    for (size_t i = 0; i < n; i++, from += f->sample_bytes) {
        const uint64_t bits = bits_at(from, f->sample_bytes) ^ (f->format == CZ_S8 ? 0x80 : 0);
        for (unsigned b = 0; b < each; b++)
            *to++ = (uint8_t)(bits >> 8 * b);
    }
    return (size_t)(to - at);
}

static int write_samples(const export_job *j, const cz_audio *audio, cz_error *err)
{
    const cz_audio_facts *f = cz_clip_audio_facts(audio);
    const size_t each = (size_t)f->channels * f->sample_bytes;
    const size_t most = each < BATCH_BYTES ? BATCH_BYTES / each : 1;
    uint8_t *at = malloc(most * each);
    int rc = at ? CZ_OK : cz_fail_memory(err, "%s", j->path);
    for (uint64_t i = 0; rc == CZ_OK && i < f->samples;) {
        const size_t n = f->samples - i < most ? (size_t)(f->samples - i) : most;
        if (interrupted())
            rc = cz_fail(err, CZ_CANCELLED, "%s: stopped", cz_clip_facts(j->clip[0])->name);
        if (rc == CZ_OK)
            rc = cz_clip_audio_read(at, audio, i, n, err);
        if (rc == CZ_OK)
            rc = out_write(j->to, at, pack(at, n * f->channels, f), err);
        i += n;
    }
    free(at);
    return rc;
}

static int write_track(const export_job *j, const cz_audio *audio, cz_error *err)
{
    const cz_audio_facts *f = cz_clip_audio_facts(audio);
    buf header = {0};
    int rc = wav_header(&header, f, err);
    if (rc == CZ_OK)
        rc = out_write(j->to, header.at, header.len, err);
    if (rc == CZ_OK)
        rc = write_samples(j, audio, err);
    if (rc == CZ_OK && f->samples * f->channels * wav_sample_bytes(f->format) % 2)
        rc = out_write(j->to, "", 1, err);
    buf_free(&header);
    return rc;
}

/* The sound track with the number that --track has, or the first one. */
static int open_track(cz_audio **out, const export_job *j, cz_error *err)
{
    const uint64_t wanted = j->o->track;
    const char *source = cz_clip_facts(j->clip[0])->source_name;
    for (size_t i = 0;; i++) {
        const int rc = cz_clip_audio_open(out, j->clip[0], i, err);
        if (rc == CZ_ABSENT && wanted && i > 0)
            return cz_fail(err, CZ_ABSENT, "%s: track %" PRIu64 " is no sound track", source,
                           wanted);
        if (rc == CZ_ABSENT && i == 0 && !cz_clip_facts(j->clip[0])->recovered)
            return cz_fail(err, CZ_ABSENT, "%s: has no sound", source);
        if (!wanted || (rc < 0 && rc != CZ_UNSUPPORTED))
            return rc;
        if (rc == CZ_OK && cz_clip_audio_facts(*out)->track == wanted)
            return CZ_OK;
        cz_clip_audio_close(out);
    }
}

int export_wav(const export_job *j, cz_error *err)
{
    cz_audio *audio = NULL;
    int rc = open_track(&audio, j, err);
    if (rc == CZ_OK)
        rc = write_track(j, audio, err);
    cz_clip_audio_close(&audio);
    return rc;
}
