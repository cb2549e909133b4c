#include "catalog/catalog_row.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_members.h"
#include "format/layout.h"

/* ---- Values ---------------------------------------------------------------------------------- */

typedef enum value_kind {
    VALUE_TEXT,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_BOOL,
    VALUE_NULL
} value_kind;

typedef struct value {
    value_kind kind;
    const char *text; /* of TEXT; not terminated */
    size_t len;
    bool is_negative, is_true;
    uint64_t magnitude; /* of INTEGER */
    double real;        /* of REAL */
} value;

/* What a member must be, and where it goes. */
typedef enum member_kind {
    IGNORED,
    NAME,     /* of a clip */
    TEXT,     /* const char * */
    HEX,      /* const char *, of `max` digits */
    CHOICE,   /* const char *, one of `list` */
    RATE,     /* a fraction: rate_num, rate_den */
    COUNT,    /* uint64_t, min..max */
    COUNT32,  /* uint32_t, min..max */
    TIME,     /* int64_t */
    FLAG,     /* bool */
    POSITION, /* double */
    BLACK,    /* int64_t */
} member_kind;

typedef struct member {
    const char *name;
    member_kind kind;
    bool nullable;
    size_t at; /* in catalog_clip */
    uint64_t min, max;
    const char *const *list;
} member;

static const char *const codecs[] = {"apco", "apcs", "apcn", "apch", "ap4h", "ap4x", NULL};
static const char *const chromas[] = {"4:2:2", "4:4:4", NULL};
static const char *const scans[] = {"progressive", "top_field_first", "bottom_field_first", NULL};
static const char *const starts[] = {"header", "name", "name_end", "none", NULL};

#define AT(field) offsetof(catalog_clip, field)
#define FRAMES_MOST ((UINT64_C(1) << 28) - 1)

/* In the order in which they are written. */
static const member members[] = {
    {MEMBER_NAME, NAME, false, AT(facts.name), 0, 0, NULL},
    {CATALOG_START, IGNORED, false, 0, 0, 0, NULL},
    {CATALOG_END, IGNORED, false, 0, 0, 0, NULL},
    {MEMBER_FRAMES, COUNT, false, AT(facts.frames), 1, FRAMES_MOST, NULL},
    {MEMBER_BYTES, COUNT, false, AT(facts.source_bytes), 1, INT64_MAX, NULL},
    {MEMBER_WIDTH, COUNT32, false, AT(facts.width), 1, UINT16_MAX, NULL},
    {MEMBER_HEIGHT, COUNT32, false, AT(facts.height), 1, UINT16_MAX, NULL},
    {MEMBER_CODEC, CHOICE, false, AT(facts.codec), 0, 0, codecs},
    {MEMBER_SOURCE, TEXT, false, AT(facts.source_name), 0, 0, NULL},
    {CATALOG_URL, TEXT, true, AT(source_url), 0, 0, NULL},
    {CATALOG_DEPLOYMENT, COUNT, true, AT(deployment), 1, UINT8_MAX, NULL},
    {MEMBER_DAMAGED_FRAMES, COUNT, false, AT(facts.damaged_frames), 0, FRAMES_MOST, NULL},
    {CATALOG_BLACK_FRAMES, BLACK, true, AT(black_frames), 0, FRAMES_MOST, NULL},
    {MEMBER_RECOVERED, FLAG, false, AT(facts.recovered), 0, 0, NULL},
    {MEMBER_START, TIME, false, AT(facts.start), 0, 0, NULL},
    {MEMBER_END, TIME, false, AT(facts.end), 0, 0, NULL},
    {MEMBER_START_FROM, CHOICE, false, AT(facts.start_from), 0, 0, starts},
    {MEMBER_FRAME_RATE, RATE, false, 0, 0, 0, NULL},
    {MEMBER_CHROMA, CHOICE, false, AT(facts.chroma), 0, 0, chromas},
    {MEMBER_ALPHA_BITS, COUNT32, false, AT(facts.alpha_bits), 0, 16, NULL},
    {MEMBER_MATRIX, COUNT32, false, AT(facts.matrix), 0, UINT8_MAX, NULL},
    {MEMBER_INTERLACE, CHOICE, false, AT(facts.interlace), 0, 0, scans},
    {MEMBER_FRAMES_PER_SHARD, COUNT32, false, AT(facts.frames_per_shard), 1, SHARD_FRAMES_MAX,
     NULL},
    {MEMBER_FRAME_BYTES, COUNT, false, AT(frame_bytes), 0, INT64_MAX, NULL},
    {MEMBER_MD5, HEX, false, AT(facts.source_md5), 0, MD5_HEX, NULL},
    {MEMBER_SHA256, HEX, true, AT(source_sha256), 0, SHA256_HEX, NULL},
    {MEMBER_OVERVIEW, TEXT, true, AT(overview), 0, 0, NULL},
    {CATALOG_LAT, POSITION, true, AT(lat), 0, 0, NULL},
    {CATALOG_LON, POSITION, true, AT(lon), 0, 0, NULL},
    {CATALOG_DEPTH, POSITION, true, AT(depth), 0, 0, NULL},
    {CATALOG_SCENES, COUNT, false, AT(n_scenes), 0, FRAMES_MOST, NULL},
    {CATALOG_MARKER_BYTES, COUNT, false, AT(marker_bytes), 1, COMMIT_MARKER_MAX, NULL},
    {CATALOG_MARKER_DIGEST, HEX, false, AT(marker_digest), 0, SHA256_HEX, NULL},
};
enum { N_MEMBERS = sizeof members / sizeof *members };
_Static_assert(N_MEMBERS <= 64, "a bit each");

/* ---- Setting a member ------------------------------------------------------------------------ */

static const char *keep(char **strings, const value *v)
{
    char *copy = *strings;
    memcpy(copy, v->text, v->len);
    copy[v->len] = '\0';
    *strings += v->len + 1;
    return copy;
}

/* "30000/1001" */
static bool rate_of(cz_facts *f, const value *v)
{
    uint64_t part[2] = {0, 0};
    size_t digits = 0, i = 0;
    for (size_t at = 0; at < v->len; at++) {
        const char c = v->text[at];
        if (c == '/' && i == 0 && digits > 0) {
            i = 1;
            digits = 0;
        } else if (c >= '0' && c <= '9' && digits < 10) {
            part[i] = part[i] * 10 + (uint64_t)(c - '0');
            digits++;
        } else {
            return false;
        }
    }
    f->rate_num = (uint32_t)part[0];
    f->rate_den = (uint32_t)part[1];
    return i == 1 && digits > 0 && part[0] <= UINT32_MAX && part[1] <= UINT32_MAX && part[1] > 0;
}

static bool choice_of(const char **out, const value *v, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == v->len && memcmp(*list, v->text, v->len) == 0) {
            *out = *list;
            return true;
        }
    return false;
}

static bool is_hex(const value *v, size_t n)
{
    size_t i = 0;
    while (i < v->len &&
           ((v->text[i] >= '0' && v->text[i] <= '9') || (v->text[i] >= 'a' && v->text[i] <= 'f')))
        i++;
    return i == n && v->len == n;
}

static bool set_text(const char **to, const member *m, const value *v, char **strings)
{
    if (v->kind != VALUE_TEXT)
        return false;
    if (m->kind == CHOICE)
        return choice_of(to, v, m->list);
    if (m->kind == HEX && !is_hex(v, (size_t)m->max))
        return false;
    *to = keep(strings, v);
    return m->kind != NAME || clip_name_ok(*to);
}

static bool set_integer(void *to, const member *m, const value *v)
{
    if (v->kind != VALUE_INTEGER)
        return false;
    if (m->kind == TIME) {
        if (v->magnitude > (uint64_t)INT64_MAX + v->is_negative)
            return false;
        *(int64_t *)to = v->is_negative ? (int64_t)(0 - v->magnitude) : (int64_t)v->magnitude;
        return true;
    }
    if ((v->is_negative && v->magnitude > 0) || v->magnitude < m->min || v->magnitude > m->max)
        return false;
    if (m->kind == COUNT32)
        *(uint32_t *)to = (uint32_t)v->magnitude;
    else if (m->kind == BLACK)
        *(int64_t *)to = (int64_t)v->magnitude;
    else
        *(uint64_t *)to = v->magnitude;
    return true;
}

static bool set_position(double *to, const value *v)
{
    if (v->kind == VALUE_INTEGER)
        *to = v->is_negative ? -(double)v->magnitude : (double)v->magnitude;
    else
        *to = v->real;
    return v->kind == VALUE_INTEGER || v->kind == VALUE_REAL;
}

/* false: the value is not what the member can have. */
static bool set_member(catalog_clip *row, const member *m, const value *v, char **strings)
{
    void *to = (char *)row + m->at;
    if (v->kind == VALUE_NULL && m->nullable)
        return true;
    switch (m->kind) {
    case IGNORED:
        return true;
    case NAME:
    case TEXT:
    case HEX:
    case CHOICE:
        return set_text(to, m, v, strings);
    case RATE:
        return v->kind == VALUE_TEXT && rate_of(&row->facts, v);
    case COUNT:
    case COUNT32:
    case TIME:
    case BLACK:
        return set_integer(to, m, v);
    case FLAG:
        *(bool *)to = v->is_true;
        return v->kind == VALUE_BOOL;
    case POSITION:
        return set_position(to, v);
    }
    return false;
}

/* The member of this name; `next` is the one that is expected. -1: there is none. */
static int member_of(const char *name, size_t len, int next)
{
    for (int i = 0; i < N_MEMBERS; i++) {
        const int m = (next + i) % N_MEMBERS;
        if (strncmp(members[m].name, name, len) == 0 && members[m].name[len] == '\0')
            return m;
    }
    return -1;
}

/* ---- Plain lines ----------------------------------------------------------------------------- */

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *c, char expected)
{
    if (c->at == c->end || *c->at != expected)
        return false;
    c->at++;
    return true;
}

/* A string of printable ASCII without escapes. */
static bool take_text(cursor *c, const char **ret_text, size_t *ret_len)
{
    if (!take(c, '"'))
        return false;
    *ret_text = c->at;
    while (c->at < c->end && *c->at >= ' ' && *c->at < 0x7f && *c->at != '"' && *c->at != '\\')
        c->at++;
    *ret_len = (size_t)(c->at - *ret_text);
    return take(c, '"');
}

static bool take_word(cursor *c, const char *word)
{
    const size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* Up to 19 digits; *ret_n is their number. */
static uint64_t take_digits(cursor *c, uint64_t from, size_t *ret_n)
{
    size_t n = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9' && n < 19; n++)
        from = from * 10 + (uint64_t)(*c->at++ - '0');
    *ret_n = n;
    return from;
}

/* An integer, or a decimal fraction of at most 15 digits in all: both its digits and the power of
 * ten are exact as doubles, so the quotient is the double that is nearest. */
static bool take_number(cursor *c, value *v)
{
    static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t digits, decimals = 0;
    v->kind = VALUE_INTEGER;
    v->is_negative = take(c, '-');
    const bool is_zero = c->at < c->end && *c->at == '0';
    v->magnitude = take_digits(c, 0, &digits);
    if (digits == 0 || (is_zero && digits > 1))
        return false;
    if (take(c, '.')) {
        if (digits > 3)
            return false;
        v->magnitude = take_digits(c, v->magnitude, &decimals);
        if (decimals == 0 || digits + decimals > 15)
            return false;
        v->kind = VALUE_REAL;
        v->real = (double)v->magnitude / power[decimals];
        v->real = v->is_negative ? -v->real : v->real;
    }
    return c->at < c->end && !(*c->at >= '0' && *c->at <= '9') && *c->at != 'e' && *c->at != 'E';
}

static bool take_value(cursor *c, value *v)
{
    *v = (value){.kind = VALUE_NULL};
    if (c->at == c->end)
        return false;
    switch (*c->at) {
    case '"':
        v->kind = VALUE_TEXT;
        return take_text(c, &v->text, &v->len);
    case 't':
        *v = (value){.kind = VALUE_BOOL, .is_true = true};
        return take_word(c, "true");
    case 'f':
        *v = (value){.kind = VALUE_BOOL};
        return take_word(c, "false");
    case 'n':
        return take_word(c, "null");
    default:
        return take_number(c, v);
    }
}

/* false: the line is not plain, or not a row; *seen has a bit for each member that was set. */
static bool parse_plain(catalog_clip *row, const catalog_line *line, char **strings, uint64_t *seen)
{
    cursor c = {line->at, line->at + line->len};
    int next = 0;
    if (!take(&c, '{'))
        return false;
    do {
        const char *name;
        size_t len;
        value v;
        if (!take_text(&c, &name, &len) || !take(&c, ':') || !take_value(&c, &v))
            return false;
        const int m = member_of(name, len, next);
        if (m < 0 || *seen >> m & 1 || !set_member(row, &members[m], &v, strings))
            return false;
        *seen |= UINT64_C(1) << m;
        next = (m + 1) % N_MEMBERS;
    } while (take(&c, ','));
    return take(&c, '}') && c.at == c.end;
}

/* ---- Other lines ----------------------------------------------------------------------------- */

static bool value_of(value *v, const cJSON *item)
{
    *v = (value){.kind = VALUE_NULL};
    int64_t i;
    if (cJSON_IsString(item)) {
        *v = (value){.kind = VALUE_TEXT, .text = item->valuestring};
        v->len = strlen(v->text);
    } else if (cJSON_IsBool(item)) {
        *v = (value){.kind = VALUE_BOOL, .is_true = cJSON_IsTrue(item)};
    } else if (json_u64(&v->magnitude, item, "", "", NULL) == CZ_OK) {
        v->kind = VALUE_INTEGER;
    } else if (json_i64(&i, item, "", "", NULL) == CZ_OK) {
        v->kind = VALUE_INTEGER;
        v->is_negative = true;
        v->magnitude = 0 - (uint64_t)i;
    } else if (cJSON_IsNumber(item)) {
        *v = (value){.kind = VALUE_REAL, .real = item->valuedouble};
    }
    return v->kind != VALUE_NULL || cJSON_IsNull(item);
}

static int parse_json(catalog_clip *row, const catalog_line *line, char **strings, uint64_t *seen,
                      const char *what, cz_error *err)
{
    cJSON *doc = NULL;
    int rc = json_parse(&doc, line->at, line->len, what, err);
    if (rc == CZ_OK && !cJSON_IsObject(doc))
        rc = cz_fail(err, CZ_FORMAT, "%s: a line is no object", what);
    for (const cJSON *item = rc == CZ_OK ? doc->child : NULL; item && rc == CZ_OK;
         item = item->next) {
        value v;
        const int m = member_of(item->string, strlen(item->string), 0);
        if (m < 0)
            continue;
        if (!value_of(&v, item) || !set_member(row, &members[m], &v, strings))
            rc = cz_fail(err, CZ_FORMAT, "%s: %s of a clip has a value that it can't have", what,
                         members[m].name);
        *seen |= UINT64_C(1) << m;
    }
    json_free(doc);
    return rc;
}

/* ---- The row --------------------------------------------------------------------------------- */

static void clear(catalog_clip *row)
{
    *row = (catalog_clip){.source_url = "",
                          .source_sha256 = "",
                          .overview = "",
                          .black_frames = -1,
                          .lat = NAN,
                          .lon = NAN,
                          .depth = NAN};
}

static int check(const catalog_clip *row, uint64_t seen, const char *what, cz_error *err)
{
    const cz_facts *f = &row->facts;
    for (int m = 0; m < N_MEMBERS; m++)
        if (!members[m].nullable && members[m].kind != IGNORED && !(seen >> m & 1))
            return cz_fail(err, CZ_FORMAT, "%s: a clip has no %s", what, members[m].name);
    if (f->end < f->start || f->damaged_frames > f->frames || row->n_scenes > f->frames ||
        row->black_frames > (int64_t)f->frames || row->frame_bytes > f->source_bytes)
        return cz_fail(err, CZ_FORMAT, "%s: %s: numbers contradict each other", what, f->name);
    return CZ_OK;
}

int catalog_row_parse(catalog_clip *out, const catalog_line *line, char **strings, const char *what,
                      cz_error *err)
{
    char *const begin = *strings;
    uint64_t seen = 0;
    clear(out);
    if (!parse_plain(out, line, strings, &seen)) {
        *strings = begin;
        seen = 0;
        clear(out);
        const int rc = parse_json(out, line, strings, &seen, what, err);
        if (rc < 0)
            return rc;
    }
    out->line = *line;
    return check(out, seen, what, err);
}
