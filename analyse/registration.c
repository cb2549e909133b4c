#include "analyse/registration.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/camera_motion.h"
#include "analyse/registration_search.h"
#include "base/error.h"

enum {
    COMMON_SIDE_MIN = 16, /* columns and rows of the common part */
    REFINEMENTS = 3,      /* of the best candidate, after the first one of each */
};

#define CERTAIN 0.85     /* a score with which no other candidate is tried */
#define COMMON_MIN 0.25  /* the common part, of the smaller picture */
#define TEXTURE_MIN 64.0 /* squared contrast of a sample of 12 bits that counts as texture */

/* The common part of both pictures, in blocks of the second. */
typedef struct common_part {
    uint32_t left, right, top, bottom; /* right and bottom excluded */
} common_part;

/* ---- The common part ---- */

/* The blocks of the second picture, of n along one axis, whose centers lie between the centers of
 * the first and the last of the first picture's m blocks. Lengths are in pixels. */
static void common_range(uint32_t *from, uint32_t *to, uint32_t n, uint32_t m, double first_length,
                         double second_length, double shift, double zoom)
{
    const double low = zoom * (4 - first_length / 2) + shift + second_length / 2;
    const double high = zoom * (8.0 * m - 4 - first_length / 2) + shift + second_length / 2;
    const double left = ceil((low - 4) / 8), right = floor((high - 4) / 8) + 1;
    *from = left > 0 ? left < n ? (uint32_t)left : n : 0;
    *to = right < n ? right > *from ? (uint32_t)right : *from : n;
}

/* False: too small. */
static bool find_common(common_part *out, const view_picture *a, const view_picture *b,
                        const registration *r)
{
    common_range(&out->left, &out->right, b->columns, a->columns, a->width, b->width, r->shift_x,
                 r->zoom);
    common_range(&out->top, &out->bottom, b->rows, a->rows, a->height, b->height, r->shift_y,
                 r->zoom);
    const uint32_t w = out->right - out->left, h = out->bottom - out->top;
    const double all_a = (double)a->columns * a->rows * r->zoom * r->zoom;
    const double all_b = (double)b->columns * b->rows;
    return w >= COMMON_SIDE_MIN && h >= COMMON_SIDE_MIN &&
           (double)w * h >= COMMON_MIN * (all_a < all_b ? all_a : all_b);
}

/* A picture of w x h samples. */
static int reserve(dc_picture *out, uint32_t w, uint32_t h, cz_error *err)
{
    const size_t samples = (size_t)w * h;
    if (samples > out->capacity) {
        dc_picture_free(out);
        out->luma = malloc(samples * sizeof *out->luma);
        if (!out->luma)
            return cz_fail_memory(err, "registration of %u x %u blocks", w, h);
        out->capacity = samples;
    }
    out->columns = out->whole_columns = w;
    out->rows = out->whole_rows = h;
    out->width = 8 * w;
    out->height = 8 * h;
    return CZ_OK;
}

/* The sample before u, less than n - 1, and the rest. Centers of samples are integers. */
static double split(uint32_t *low, double u, uint32_t n)
{
    const double at = u > 0 ? u : 0;
    *low = at < n - 1 ? (uint32_t)at : n - 2;
    return at - *low < 1 ? at - *low : 1;
}

/* The common part of the first picture, bilinearly resampled as the second one shows it. */
static void resample(dc_picture *out, const view_picture *a, const view_picture *b,
                     const common_part *c, const registration *r)
{
    const double step = 1 / r->zoom;
    const double x0 = (8 * c->left + 4 - b->width / 2.0 - r->shift_x) * step + a->width / 2.0;
    const double y0 = (8 * c->top + 4 - b->height / 2.0 - r->shift_y) * step + a->height / 2.0;
    for (uint32_t y = 0; y < out->rows; y++) {
        uint32_t top, left;
        const double down = split(&top, (y0 + 8 * y * step - 4) / 8, a->rows);
        const uint16_t *line = a->contrast + (size_t)top * a->columns;
        uint16_t *to = out->luma + (size_t)y * out->columns;
        for (uint32_t x = 0; x < out->columns; x++) {
            const double across = split(&left, (x0 + 8 * x * step - 4) / 8, a->columns);
            const uint16_t *over = line + left, *under = over + a->columns;
            const double first = over[0] + across * (over[1] - over[0]);
            const double second = under[0] + across * (under[1] - under[0]);
            to[x] = (uint16_t)(first + down * (second - first) + 0.5);
        }
    }
}

static void copy_part(dc_picture *out, const view_picture *b, const common_part *c)
{
    for (uint32_t y = 0; y < out->rows; y++)
        for (uint32_t x = 0; x < out->columns; x++)
            out->luma[(size_t)y * out->columns + x] =
                b->contrast[(size_t)(c->top + y) * b->columns + c->left + x];
}

/* ---- Score ---- */

/* Sums over the tiles of the common part, each less its mean. */
typedef struct agreement {
    double product, first, second, samples;
} agreement;

static void add_tile(agreement *to, const motion_level *a, const motion_level *b, uint32_t x,
                     uint32_t y)
{
    const uint32_t right = x + TILE < a->columns ? x + TILE : a->columns;
    const uint32_t bottom = y + TILE < a->rows ? y + TILE : a->rows;
    const double n = (double)(right - x) * (bottom - y);
    int64_t sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (uint32_t j = y; j < bottom; j++)
        for (uint32_t i = x; i < right; i++) {
            const int32_t va = a->samples[(size_t)j * a->columns + i];
            const int32_t vb = b->samples[(size_t)j * b->columns + i];
            sa += va;
            sb += vb;
            aa += (int64_t)va * va;
            bb += (int64_t)vb * vb;
            ab += (int64_t)va * vb;
        }
    to->product += (double)ab - (double)(sa * sb) / n;
    to->first += (double)aa - (double)(sa * sa) / n;
    to->second += (double)bb - (double)(sb * sb) / n;
    to->samples += n;
}

static double score_of(const motion_level *a, const motion_level *b)
{
    agreement sum = {0};
    for (uint32_t y = 0; y < a->rows; y += TILE)
        for (uint32_t x = 0; x < a->columns; x += TILE)
            add_tile(&sum, a, b, x, y);
    const double noise = TEXTURE_MIN * sum.samples;
    const double score = sum.product / sqrt((sum.first + noise) * (sum.second + noise));
    return score < 0 ? 0 : score < 1 ? score : 1;
}

/* ---- Refinement ---- */

/* Build the pyramids of the common part. *found: it is large enough. */
static int align(bool *found, const view_picture *a, const view_picture *b, const registration *r,
                 registration_memory *memory, cz_error *err)
{
    common_part c;
    int rc;
    *found = find_common(&c, a, b, r);
    if (!*found)
        return CZ_OK;
    for (unsigned i = 0; i < 2; i++)
        if ((rc = reserve(&memory->picture[i], c.right - c.left, c.bottom - c.top, err)) < 0)
            return rc;
    resample(&memory->picture[0], a, b, &c, r);
    copy_part(&memory->picture[1], b, &c);
    for (unsigned i = 0; i < 2; i++) {
        motion_pyramid *p = &memory->pyramid[i];
        if ((rc = motion_pyramid_build(p, &memory->picture[i], err)) < 0)
            return rc;
        p->center_x = b->width / 16.0 - c.left;
        p->center_y = b->height / 16.0 - c.top;
    }
    return CZ_OK;
}

/* Set the score of *r, and *better to what the remaining motion makes of it. */
static int refine(registration *better, registration *r, const view_picture *a,
                  const view_picture *b, registration_memory *memory, cz_error *err)
{
    bool found;
    const int rc = align(&found, a, b, r, memory, err);
    r->score = 0;
    *better = *r;
    if (rc < 0 || !found)
        return rc;
    r->score = score_of(&memory->pyramid[0].level[0], &memory->pyramid[1].level[0]);
    const camera_motion m = camera_motion_between(&memory->pyramid[0], &memory->pyramid[1]);
    if (m.score > 0) {
        better->shift_x = m.zoom * r->shift_x + m.shift_x;
        better->shift_y = m.zoom * r->shift_y + m.shift_y;
        better->zoom = m.zoom * r->zoom;
    }
    return CZ_OK;
}

int views_register(registration *out, const view_picture *first, const view_picture *second,
                   registration_memory *memory, cz_error *err)
{
    view_placement place[REGISTRATION_CANDIDATES];
    registration best = {.zoom = 1}, next = {.zoom = 1};
    const unsigned n = registration_search(place, first, second);
    int rc = CZ_OK;
    for (unsigned i = 0; i < n && rc == CZ_OK && best.score < CERTAIN; i++) {
        const view_placement *p = &place[i];
        registration start = {p->shift_x, p->shift_y, p->zoom, 0}, once, twice;
        rc = refine(&once, &start, first, second, memory, err);
        if (rc == CZ_OK)
            rc = refine(&twice, &once, first, second, memory, err);
        if (rc == CZ_OK && once.score > best.score) {
            best = once;
            next = twice;
        }
    }
    for (unsigned i = 0; i < REFINEMENTS && rc == CZ_OK && best.score > 0; i++) {
        registration after;
        rc = refine(&after, &next, first, second, memory, err);
        if (rc < 0 || next.score <= best.score)
            break;
        best = next;
        next = after;
    }
    if (rc == CZ_OK)
        *out = best;
    return rc;
}

void registration_memory_free(registration_memory *memory)
{
    for (unsigned i = 0; i < 2; i++) {
        dc_picture_free(&memory->picture[i]);
        motion_pyramid_free(&memory->pyramid[i]);
    }
}
