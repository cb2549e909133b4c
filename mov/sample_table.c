#include "mov/sample_table.h"

#include <inttypes.h>

#include "mov/sample_description.h"

enum { STSC_ENTRY = 12 };

/* Read the entry count of a table and locate its entries of `entry` bytes; 0: a count without
 * entries. */
static int read_count(uint32_t *n, const uint8_t **first, bytes *in, size_t entry, const char *name,
                      cz_error *err)
{
    *n = bytes_u32be(in);
    *first = in->at;
    if (in->bad)
        return cz_fail(err, CZ_FORMAT, "%s: missing or too short", name);
    if (entry > 0 && in->left / entry < *n)
        return cz_fail(err, CZ_FORMAT,
                       "%s: %" PRIu32 " entries of %zu bytes don't fit its %zu bytes", name, *n,
                       entry, in->left);
    return CZ_OK;
}

/* Chunks [first, end), from 0, with the same number of samples each. */
typedef struct chunk_run {
    uint32_t first, end;
    uint32_t samples;
    uint32_t description; /* from 1 */
} chunk_run;

static chunk_run run_at(const sample_table *s, uint32_t i)
{
    const uint8_t *p = s->runs + (size_t)i * STSC_ENTRY;
    return (chunk_run){
        .first = rd32be(p) - 1,
        .end = i + 1 < s->n_runs ? rd32be(p + STSC_ENTRY) - 1 : s->n_chunks,
        .samples = rd32be(p + 4),
        .description = rd32be(p + 8),
    };
}

static uint64_t chunk_at(const sample_table *s, uint32_t i)
{
    return s->wide ? rd64be(s->chunks + (size_t)i * 8) : rd32be(s->chunks + (size_t)i * 4);
}

static uint32_t size_at(const sample_table *s, uint32_t i)
{
    return s->constant_size ? s->constant_size : rd32be(s->sizes + (size_t)i * 4);
}

/* Check an entry of stsc against its neighbors and the number of chunks. */
static int check_run(const sample_table *s, uint32_t i, cz_error *err)
{
    const chunk_run r = run_at(s, i);
    if ((i == 0 && r.first != 0) || r.end <= r.first || r.end > s->n_chunks)
        return cz_fail(err, CZ_FORMAT,
                       "stsc: entry %" PRIu32 " is for chunks %" PRIu32 " to %" PRIu32
                       " of %" PRIu32,
                       i, r.first + 1, r.end, s->n_chunks);
    if (r.samples == 0)
        return cz_fail(err, CZ_FORMAT, "stsc: entry %" PRIu32 " has no sample in a chunk", i);
    if (r.description == 0 || r.description > SAMPLE_DESCRIPTIONS_MAX)
        return cz_fail(err, CZ_FORMAT, "stsc: entry %" PRIu32 " has sample description %" PRIu32, i,
                       r.description);
    return CZ_OK;
}

/* The last chunk may have fewer samples than its entry says, since some writers omit the separate
 * entry that it should have. */
static int check_runs(sample_table *s, cz_error *err)
{
    uint64_t total = 0;
    uint32_t in_last = 0;
    for (uint32_t i = 0; i < s->n_runs; i++) {
        const int rc = check_run(s, i, err);
        if (rc < 0)
            return rc;
        const chunk_run r = run_at(s, i);
        s->used_descriptions |= UINT64_C(1) << (r.description - 1);
        total += (uint64_t)(r.end - r.first) * r.samples;
        in_last = r.samples;
    }
    if (total < s->n || total - s->n >= in_last)
        return cz_fail(err, CZ_FORMAT,
                       "stsz has %" PRIu32 " samples, stsc and the %" PRIu32 " chunks %" PRIu64,
                       s->n, s->n_chunks, total);
    s->surplus = (uint32_t)(total - s->n);
    return CZ_OK;
}

int sample_table_read(sample_table *out, const moov_track *t, cz_error *err)
{
    *out = (sample_table){.wide = t->wide};
    if (!t->stsz.at)
        return CZ_OK;
    bytes stsz = t->stsz, stsc = t->stsc, chunks = t->chunks;
    bytes_skip(&stsz, 4);
    bytes_skip(&stsc, 4);
    bytes_skip(&chunks, 4);
    out->constant_size = bytes_u32be(&stsz);
    int rc = read_count(&out->n, &out->sizes, &stsz, out->constant_size ? 0 : 4, "stsz", err);
    if (rc < 0 || out->n == 0)
        return rc;
    if ((rc = read_count(&out->n_runs, &out->runs, &stsc, STSC_ENTRY, "stsc", err)) < 0)
        return rc;
    rc = read_count(&out->n_chunks, &out->chunks, &chunks, t->wide ? 8 : 4,
                    t->wide ? "co64" : "stco", err);
    return rc < 0 ? rc : check_runs(out, err);
}

uint32_t sample_table_first_description(const moov_track *t)
{
    bytes stsc = t->stsc;
    bytes_skip(&stsc, 16); /* version and flags, count, first chunk, samples in it */
    const uint32_t d = bytes_u32be(&stsc);
    return stsc.bad ? 1 : d;
}

/* Offsets are limited to int64, as in system calls. */
static bool is_valid_extent(uint64_t at, uint64_t size)
{
    return at <= INT64_MAX && size <= INT64_MAX - at;
}

/* Check sample i, of `size` bytes at `at`; `end` is the end of the previous one. */
static int check_sample(uint32_t i, uint64_t at, uint32_t size, uint64_t end, cz_error *err)
{
    if (size == 0)
        return cz_fail(err, CZ_UNSUPPORTED, "stsz: frame %" PRIu32 " has no bytes", i);
    if (!is_valid_extent(at, size))
        return cz_fail(err, CZ_FORMAT,
                       "frame %" PRIu32 ": %" PRIu32 " bytes at %" PRIu64
                       " are beyond what a file can be",
                       i, size, at);
    if (i > 0 && at < end) {
        cz_fail(err, CZ_UNSUPPORTED,
                "frame %" PRIu32 " begins at %" PRIu64 ", before frame %" PRIu32
                " ends at %" PRIu64,
                i, at, i - 1, end);
        cz_hint(err, "`ffmpeg -i IN.mov -map 0 -c copy OUT.mov` puts the frames in order");
        return CZ_UNSUPPORTED;
    }
    return CZ_OK;
}

int sample_table_locate(const sample_table *s, uint64_t *offset, uint32_t *size, cz_error *err)
{
    uint32_t i = 0;
    uint64_t end = 0;
    for (uint32_t k = 0; k < s->n_runs; k++) {
        const chunk_run r = run_at(s, k);
        for (uint32_t c = r.first; c < r.end; c++) {
            uint64_t at = chunk_at(s, c);
            for (uint32_t j = 0; j < r.samples && i < s->n; j++, i++) {
                size[i] = size_at(s, i);
                offset[i] = at;
                const int rc = check_sample(i, at, size[i], end, err);
                if (rc < 0)
                    return rc;
                end = at += size[i];
            }
        }
    }
    return CZ_OK;
}

int sample_table_chunks(const sample_table *s, uint32_t bytes_each, mov_chunk *chunk, cz_error *err)
{
    const uint64_t each = bytes_each ? bytes_each : s->constant_size;
    uint32_t i = 0;
    for (uint32_t k = 0; k < s->n_runs; k++) {
        const chunk_run r = run_at(s, k);
        for (uint32_t c = r.first; c < r.end; c++) {
            const uint32_t n = r.samples < s->n - i ? r.samples : s->n - i;
            uint64_t len = n * each;
            for (uint32_t j = 0; !each && j < n; j++)
                len += size_at(s, i + j);
            i += n;
            chunk[c] = (mov_chunk){chunk_at(s, c), len};
            if (!is_valid_extent(chunk[c].offset, len))
                return cz_fail(err, CZ_FORMAT,
                               "chunk %" PRIu32 ": %" PRIu64 " bytes at %" PRIu64
                               " are beyond what a file can be",
                               c, len, chunk[c].offset);
        }
    }
    return CZ_OK;
}
