#include "format/commit_marker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "format/layout.h"
#include "format/member_names.h"

/* The index cannot have more frames: a chunk of int64 values would exceed the maximum of blosc (2
 * GiB). */
enum { FRAMES_MAX = (1 << 28) - 64 };

/* They follow the last "digest": in the text. */
const char *commit_marker_digest(const void *all, size_t n)
{
    const char *text = all;
    static const char member[] = "\"" MEMBER_DIGEST "\"";
    const size_t len = sizeof member - 1;
    if (n < len)
        return NULL;
    const char *at = text + n - len;
    while (memcmp(at, member, len) != 0) {
        if (at == text)
            return NULL;
        at--;
    }
    const char *const end = text + n;
    static const char *const around[] = {" \t\r\n", ":", " \t\r\n", "\""};
    at += len;
    for (size_t i = 0; i < sizeof around / sizeof *around; i++)
        while (at < end && *at && strchr(around[i], *at))
            at++;
    return end - at > SHA256_HEX && at[SHA256_HEX] == '"' ? at : NULL;
}

int commit_marker_check_digest(bool *ret_right, const void *text, size_t n, cz_error *err)
{
    char zeros[SHA256_HEX], hex[SHA256_HEX + 1];
    const char *begin = text;
    const char *at = commit_marker_digest(begin, n);
    *ret_right = false;
    if (!at)
        return CZ_OK;
    digest *d = NULL;
    int rc = digest_new(&d, DIGEST_SHA256, err);
    if (rc < 0)
        return rc;
    memset(zeros, '0', sizeof zeros);
    const size_t before = (size_t)(at - begin);
    digest_update(d, begin, before);
    digest_update(d, zeros, sizeof zeros);
    digest_update(d, at + SHA256_HEX, n - before - SHA256_HEX);
    rc = digest_final_hex(d, hex, err);
    if (rc == CZ_OK)
        *ret_right = memcmp(hex, at, SHA256_HEX) == 0;
    digest_free(&d);
    return rc;
}

/* ---- Members -------------------------------------------------------------------------------- */

/* An object whose members are read, and its name in messages. */
typedef struct place {
    const cJSON *at; /* attributes.camzarr, or one of its objects */
    const char *what;
    cz_error *err;
} place;

static int number(uint64_t *out, const place *p, const char *path, uint64_t min, uint64_t max)
{
    const int rc = json_u64(out, p->at, path, p->what, p->err);
    if (rc == CZ_OK && (*out < min || *out > max))
        return cz_fail(p->err, CZ_FORMAT, "%s: %s is %" PRIu64 ", not %" PRIu64 " to %" PRIu64,
                       p->what, path, *out, min, max);
    return rc;
}

static int number32(uint32_t *out, const place *p, const char *path, uint32_t min, uint32_t max)
{
    uint64_t v = 0;
    const int rc = number(&v, p, path, min, max);
    *out = (uint32_t)v;
    return rc;
}

static int boolean(bool *out, const place *p, const char *path)
{
    const cJSON *item = json_at(p->at, path);
    if (!cJSON_IsBool(item))
        return cz_fail(p->err, CZ_FORMAT, "%s: %s is neither true nor false", p->what, path);
    *out = cJSON_IsTrue(item);
    return CZ_OK;
}

/* A text that must be one of a list, which ends with NULL. */
static int one_of(const char **out, const place *p, const char *path, const char *const *list)
{
    const int rc = json_text(out, p->at, path, p->what, p->err);
    if (rc < 0)
        return rc;
    for (; *list; list++)
        if (strcmp(*out, *list) == 0)
            return CZ_OK;
    return cz_fail(p->err, CZ_FORMAT, "%s: %s can't be \"%.40s\"", p->what, path, *out);
}

static int hex_digits(const char **out, const place *p, const char *path, size_t n)
{
    const int rc = json_text(out, p->at, path, p->what, p->err);
    if (rc == CZ_OK && (strlen(*out) != n || strspn(*out, "0123456789abcdef") != n))
        return cz_fail(p->err, CZ_FORMAT, "%s: %s isn't %zu hex digits", p->what, path, n);
    return rc;
}

/* Parse digits that make a number below 2^32, and the character `after`. Returns what follows it,
 * or NULL. */
static const char *digits32(uint32_t *out, const char *text, char after)
{
    const size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 10 || text[n] != after)
        return NULL;
    const unsigned long long v = strtoull(text, NULL, 10);
    *out = (uint32_t)v;
    return v <= UINT32_MAX ? text + n + 1 : NULL;
}

static int rate(cz_facts *f, const place *p)
{
    const char *text = NULL;
    const int rc = json_text(&text, p->at, MEMBER_FRAME_RATE, p->what, p->err);
    if (rc < 0)
        return rc;
    const char *den = digits32(&f->rate_num, text, '/');
    if (!den || !digits32(&f->rate_den, den, '\0') || f->rate_den == 0)
        return cz_fail(p->err, CZ_FORMAT, "%s: frame_rate \"%.40s\" is no fraction", p->what, text);
    return CZ_OK;
}

static int times(cz_facts *f, const place *p)
{
    static const char *const from[] = {"header", "name", "name_end", "none", NULL};
    int rc = CZ_OK;
    if ((rc = json_i64(&f->start, p->at, MEMBER_START, p->what, p->err)) < 0 ||
        (rc = json_i64(&f->end, p->at, MEMBER_END, p->what, p->err)) < 0 ||
        (rc = one_of(&f->start_from, p, MEMBER_START_FROM, from)) < 0)
        return rc;
    if (f->end < f->start)
        return cz_fail(p->err, CZ_FORMAT, "%s: it ends before it starts", p->what);
    return CZ_OK;
}

static int pictures(cz_facts *f, const place *p)
{
    static const char *const codecs[] = {"apco", "apcs", "apcn", "apch", "ap4h", "ap4x", NULL};
    static const char *const chromas[] = {"4:2:2", "4:4:4", NULL};
    static const char *const scans[] = {"progressive", "top_field_first", "bottom_field_first",
                                        NULL};
    int rc = CZ_OK;
    if ((rc = number(&f->frames, p, MEMBER_FRAMES, 1, FRAMES_MAX)) < 0 ||
        (rc = number32(&f->width, p, MEMBER_WIDTH, 1, UINT16_MAX)) < 0 ||
        (rc = number32(&f->height, p, MEMBER_HEIGHT, 1, UINT16_MAX)) < 0 ||
        (rc = number32(&f->frames_per_shard, p, MEMBER_FRAMES_PER_SHARD, 1, SHARD_FRAMES_MAX)) <
            0 ||
        (rc = number(&f->damaged_frames, p, MEMBER_DAMAGED_FRAMES, 0, f->frames)) < 0 ||
        (rc = one_of(&f->codec, p, MEMBER_CODEC, codecs)) < 0 ||
        (rc = one_of(&f->chroma, p, MEMBER_CHROMA, chromas)) < 0 ||
        (rc = number32(&f->alpha_bits, p, MEMBER_ALPHA_BITS, 0, 16)) < 0 ||
        (rc = number32(&f->matrix, p, MEMBER_MATRIX, 0, UINT8_MAX)) < 0 ||
        (rc = one_of(&f->interlace, p, MEMBER_INTERLACE, scans)) < 0 ||
        (rc = boolean(&f->recovered, p, MEMBER_RECOVERED)) < 0)
        return rc;
    return rate(f, p);
}

static int source_of(commit_marker *m, const place *p)
{
    cz_facts *f = &m->facts;
    int rc = CZ_OK;
    if ((rc = json_text(&f->source_name, p->at, MEMBER_SOURCE "." MEMBER_NAME, p->what, p->err)) <
            0 ||
        (rc = number(&f->source_bytes, p, MEMBER_SOURCE "." MEMBER_BYTES, 1, INT64_MAX)) < 0 ||
        (rc = number(&m->frame_bytes, p, MEMBER_SOURCE "." MEMBER_FRAME_BYTES, 0,
                     f->source_bytes)) < 0)
        return rc;
    return hex_digits(&f->source_md5, p, MEMBER_SOURCE "." MEMBER_MD5, MD5_HEX);
}

/* ---- Objects -------------------------------------------------------------------------------- */

static int object_of(marker_object *o, const commit_marker *m, const place *p)
{
    int rc = CZ_OK;
    if ((rc = json_text(&o->key, p->at, MEMBER_KEY, p->what, p->err)) < 0 ||
        (rc = number(&o->size, p, MEMBER_SIZE, 0, INT64_MAX)) < 0 ||
        (rc = hex_digits(&o->sha256, p, MEMBER_SHA256, SHA256_HEX)) < 0)
        return rc;
    if (strlen(o->key) + strlen(m->facts.name) + sizeof "clips//" > KEY_MAX ||
        !os_key_valid(o->key))
        return cz_fail(p->err, CZ_FORMAT, "%s: \"%.80s\" names no object", p->what, o->key);
    if (o != m->object && strcmp(o[-1].key, o->key) >= 0)
        return cz_fail(p->err, CZ_FORMAT, "%s: its objects aren't in order (%s)", p->what, o->key);
    return CZ_OK;
}

static int objects_of(commit_marker *m, const place *p)
{
    const cJSON *list = json_at(p->at, MEMBER_OBJECTS), *item = NULL;
    const int n = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list) || n == 0)
        return cz_fail(p->err, CZ_FORMAT, "%s: it lists no objects", p->what);
    m->object = calloc((size_t)n, sizeof *m->object);
    if (!m->object)
        return cz_fail_memory(p->err, "%s: %d objects", p->what, n);
    cJSON_ArrayForEach(item, list)
    {
        const place inside = {item, p->what, p->err};
        const int rc = object_of(&m->object[m->n_objects], m, &inside);
        if (rc < 0)
            return rc;
        m->n_objects++;
    }
    return CZ_OK;
}

/* ---- The whole marker ----------------------------------------------------------------------- */

/* Parse the text to m->doc. A text that is no JSON is damaged unless its digest is right. */
static int parse_text(commit_marker *m, const void *text, size_t n, bool right, const char *what,
                      cz_error *err)
{
    cz_error why;
    const int rc = json_parse(&m->doc, text, n, what, &why);
    if (rc == CZ_FORMAT && !right)
        return cz_fail(err, CZ_CORRUPT, "%s (the commit marker is damaged)", why.message);
    return rc < 0 ? cz_fail(err, rc, "%s", why.message) : CZ_OK;
}

static int wrong_digest(const place *p)
{
    return cz_fail(p->err, CZ_CORRUPT, "%s: its digest is wrong: the commit marker is damaged",
                   p->what);
}

/* Check version and kind first: a newer version may define the digest, and all else, differently.
 * sealed: the text contains a digest, so that without the attribute camzarr it is damaged rather
 * than another program's. */
static int check_kind(const place *p, bool sealed, bool right)
{
    const char *format = NULL, *kind = NULL;
    int rc = CZ_OK;
    if (!p->at)
        return sealed && !right
                   ? wrong_digest(p)
                   : cz_fail(p->err, CZ_FORMAT, "%s: not a clip of camzarr's", p->what);
    if ((rc = json_text(&format, p->at, MEMBER_FORMAT, p->what, p->err)) == CZ_OK)
        rc = format_check(format, p->what, p->err);
    if (rc == CZ_NEWER)
        return rc;
    if (!right)
        return wrong_digest(p);
    if (rc == CZ_OK && (rc = json_text(&kind, p->at, MEMBER_KIND, p->what, p->err)) == CZ_OK &&
        strcmp(kind, KIND_CLIP) != 0)
        return cz_fail(p->err, CZ_FORMAT, "%s: its kind is \"%.40s\", not \"" KIND_CLIP "\"",
                       p->what, kind);
    return rc;
}

static int members(commit_marker *m, const char *name, const place *p)
{
    int rc = json_text(&m->facts.name, p->at, MEMBER_NAME, p->what, p->err);
    if (rc < 0)
        return rc;
    if (strcmp(m->facts.name, name) != 0)
        return cz_fail(p->err, CZ_FORMAT, "%s: the commit marker of another clip, \"%.200s\"",
                       p->what, m->facts.name);
    if ((rc = hex_digits(&m->fingerprint, p, MEMBER_FINGERPRINT, SHA256_HEX)) < 0 ||
        (rc = pictures(&m->facts, p)) < 0 || (rc = times(&m->facts, p)) < 0 ||
        (rc = source_of(m, p)) < 0)
        return rc;
    if (json_at(p->at, MEMBER_ANALYSIS) &&
        ((rc = number32(&m->analysis_version, p, MEMBER_ANALYSIS "." MEMBER_VERSION, 1,
                        INT32_MAX)) < 0 ||
         (rc = json_text(&m->overview, p->at, MEMBER_ANALYSIS "." MEMBER_OVERVIEW, p->what,
                         p->err)) < 0))
        return rc;
    return objects_of(m, p);
}

/* Builds from before format 1.0 was final had the chunk list in the clip's own folder. */
static int refuse_early_layout(const commit_marker *m, const place *p)
{
    if (!commit_marker_find(m, "chunks.jsonl"))
        return CZ_OK;
    cz_fail(p->err, CZ_FORMAT, "%s: written by a build from before format 1.0 was final", p->what);
    cz_hint(p->err, "convert the source again, with --overwrite");
    return CZ_FORMAT;
}

int commit_marker_parse(commit_marker **out, zarr_format zarr, const void *text, size_t n,
                        const char *name, const char *what, cz_error *err)
{
    bool right = false;
    int rc = CZ_OK;
    *out = NULL;
    commit_marker *m = calloc(1, sizeof *m);
    if (!m)
        return cz_fail_memory(err, "%s", what);
    if ((rc = commit_marker_check_digest(&right, text, n, err)) < 0 ||
        (rc = parse_text(m, text, n, right, what, err)) < 0)
        goto end;
    m->zarr = zarr;
    m->bytes = n;
    m->ours = json_at(zarr_attributes_of(zarr, m->doc), MEMBER_CAMZARR);
    const place p = {m->ours, what, err};
    if ((rc = check_kind(&p, commit_marker_digest(text, n) != NULL, right)) < 0 ||
        (rc = members(m, name, &p)) < 0 || (rc = refuse_early_layout(m, &p)) < 0)
        goto end;
    *out = m;
    m = NULL;
end:
    commit_marker_free(&m);
    return rc;
}

int commit_marker_read(commit_marker **out, object_store *os, zarr_format zarr, const char *name,
                       cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    *out = NULL;
    if (!clip_name_ok(name))
        return cz_fail(err, CZ_USAGE, "\"%.200s\": invalid clip name", name);
    clip_key(key, name, rel_key_marker(zarr));
    int rc = os_get_all(os, key, COMMIT_MARKER_MAX, &text, err);
    if (rc == CZ_OK)
        rc = commit_marker_parse(out, zarr, text.at, text.len, name, key, err);
    buf_free(&text);
    return rc;
}

void commit_marker_free(commit_marker **m)
{
    if (!m || !*m)
        return;
    json_free((*m)->doc);
    free((*m)->object);
    free(*m);
    *m = NULL;
}

static int by_key(const void *key, const void *object)
{
    return strcmp(key, ((const marker_object *)object)->key);
}

const marker_object *commit_marker_find(const commit_marker *m, const char *rel_key)
{
    return bsearch(rel_key, m->object, m->n_objects, sizeof *m->object, by_key);
}

uint64_t commit_marker_shards(const commit_marker *m)
{
    return (m->facts.frames + m->facts.frames_per_shard - 1) / m->facts.frames_per_shard;
}

uint64_t commit_marker_source_chunks(const commit_marker *m)
{
    const uint64_t extra_bytes = m->facts.source_bytes - m->frame_bytes;
    return extra_bytes / SOURCE_CHUNK + (extra_bytes % SOURCE_CHUNK != 0);
}
