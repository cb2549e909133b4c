#include "analyse/camera_motion.h"
#include "analyse/motion_tiles.h"

#include <math.h>

enum {
    SMALLEST = 16, /* columns and rows of whole blocks */
    REACH_X = 5,   /* of the search, in samples of the coarsest level: 160 pixels */
    REACH_Y = 4,
    REWEIGHTED = 5, /* solutions with the weights of the one before */
};

static const unsigned steps_of_level[MOTION_LEVELS] = {2, 2, 2};

/* Tiles whose displacement differs by more from the solution count less, in samples. */
#define OUTLIER 0.05

/* Squared gradient of a tile, per sample of 12 bits, up to which it counts less. */
#define NOISE 256.0

/* A step that changes less than this at every tile ends the steps of its level, in samples. */
#define CONVERGED 0.004

/* ---- The coarsest level ---- */

/* Sum of absolute differences where the second picture covers the first one, moved by (dx, dy). */
static uint64_t mismatch(const motion_level *before, const motion_level *now, int dx, int dy)
{
    const int w = (int)now->columns - (dx < 0 ? -dx : dx);
    const int h = (int)now->rows - (dy < 0 ? -dy : dy);
    uint64_t total = 0;
    for (int y = 0; y < h; y++) {
        const int16_t *a = before->samples + (size_t)(y + (dy < 0 ? -dy : 0)) * before->columns +
                           (dx < 0 ? -dx : 0);
        const int16_t *b =
            now->samples + (size_t)(y + (dy > 0 ? dy : 0)) * now->columns + (dx > 0 ? dx : 0);
        uint32_t part = 0;
        for (int x = 0; x < w; x++) {
            const int more = a[x] > b[x] ? a[x] : b[x], less = a[x] > b[x] ? b[x] : a[x];
            part += (uint32_t)(more - less);
        }
        total += part;
    }
    return total;
}

/* The displacement, in whole samples, of the least mean difference; of equal ones none at all, or
 * the first one by rows. */
static motion_model search(const motion_level *before, const motion_level *now)
{
    const int reach_x = now->columns / 4 < REACH_X ? (int)now->columns / 4 : REACH_X;
    const int reach_y = now->rows / 4 < REACH_Y ? (int)now->rows / 4 : REACH_Y;
    const double area = (double)now->columns * now->rows;
    double least = (double)mismatch(before, now, 0, 0) / area;
    motion_model best = {0};
    for (int dy = -reach_y; dy <= reach_y; dy++)
        for (int dx = -reach_x; dx <= reach_x; dx++) {
            const double common = ((double)now->columns - (dx < 0 ? -dx : dx)) *
                                  ((double)now->rows - (dy < 0 ? -dy : dy));
            const double mean = (double)mismatch(before, now, dx, dy) / common;
            if (mean < least) {
                least = mean;
                best = (motion_model){dx, dy, 0};
            }
        }
    return best;
}

/* ---- One step ---- */

/* Normal equations of x, y and zoom: symmetric, the upper triangle row by row. */
typedef struct normal_equations {
    double xx, xy, xz, yy, yz, zz, bx, by, bz;
} normal_equations;

static void add_tile(normal_equations *n, const tile_equations *t, double weight)
{
    const double xz = t->xx * t->cx + t->xy * t->cy, yz = t->xy * t->cx + t->yy * t->cy;
    n->xx += weight * t->xx;
    n->xy += weight * t->xy;
    n->yy += weight * t->yy;
    n->xz += weight * xz;
    n->yz += weight * yz;
    n->zz += weight * (t->cx * xz + t->cy * yz);
    n->bx += weight * t->bx;
    n->by += weight * t->by;
    n->bz += weight * (t->cx * t->bx + t->cy * t->by);
}

/* Cholesky decomposition. False if the equations do not determine the shift; if only the zoom is
 * not determined, as by a single tile, it remains. */
static bool solve(const normal_equations *n, motion_model *out)
{
    const double least = 1e-6;
    if (!(n->xx > 0))
        return false;
    const double xy = n->xy / n->xx, xz = n->xz / n->xx;
    const double yy = n->yy - xy * n->xy, yz_rest = n->yz - xy * n->xz;
    if (!(yy > least * n->yy))
        return false;
    const double yz = yz_rest / yy;
    const double zz = n->zz - xz * n->xz - yz * yz_rest;
    const double by = n->by - xy * n->bx;
    if (zz > least * n->zz)
        out->zoom = (n->bz - xz * n->bx - yz * by) / zz;
    out->y = by / yy - yz * out->zoom;
    out->x = n->bx / n->xx - xy * out->y - xz * out->zoom;
    return true;
}

/* How much a tile counts, so that one object of high contrast does not outweigh the picture: the
 * more texture it has the less, but for the noise that every tile has. */
static double contrast_weight(const tile_equations *t)
{
    return 1 / (t->xx + t->yy + NOISE * t->n);
}

/* How well a tile agrees with the model: 1 if its equations hold, less the more they are off. */
static double agreement(const tile_equations *t, const motion_model *m)
{
    const double dx = m->x + m->zoom * t->cx, dy = m->y + m->zoom * t->cy;
    const double rx = t->bx - t->xx * dx - t->xy * dy, ry = t->by - t->xy * dx - t->yy * dy;
    const double scale = (t->xx + t->yy + NOISE * t->n) * OUTLIER;
    return 1 / (1 + (rx * rx + ry * ry) / (scale * scale));
}

/* Solve the equations of n tiles for the model. */
static bool solve_tiles(const tile_equations *tiles, size_t n, motion_model *model)
{
    for (unsigned round = 0; round <= REWEIGHTED; round++) {
        normal_equations sum = {0};
        for (size_t i = 0; i < n; i++) {
            const double weight = contrast_weight(&tiles[i]);
            add_tile(&sum, &tiles[i], round ? weight * agreement(&tiles[i], model) : weight);
        }
        if (!solve(&sum, model))
            return false;
    }
    return true;
}

/* The greatest displacement within the level between two models. */
static double change(const level_pair *pair, const motion_model *a, const motion_model *b)
{
    const double reach = pair->center_x > pair->center_y ? pair->center_x : pair->center_y;
    return fabs(a->x - b->x) + fabs(a->y - b->y) + fabs(a->zoom - b->zoom) * reach;
}

static bool refine(const level_pair *pair, tile_equations *tiles, unsigned steps,
                   motion_model *model)
{
    for (unsigned step = 0; step < steps; step++) {
        const motion_model before = *model;
        size_t n = 0;
        for (uint32_t y = 0; y < pair->now->rows; y += TILE)
            for (uint32_t x = 0; x < pair->now->columns; x += TILE)
                n += tile_linearize(&tiles[n], pair, x, y, model);
        if (!solve_tiles(tiles, n, model))
            return false;
        if (change(pair, model, &before) < CONVERGED)
            break;
    }
    return true;
}

/* ---- All levels ---- */

static level_pair pair_of(const motion_pyramid *before, const motion_pyramid *now, unsigned k)
{
    return (level_pair){&before->level[k], &now->level[k], now->center_x / (1u << k),
                        now->center_y / (1u << k)};
}

/* 1 - residual / (2 texture): the residual of pictures that have nothing in common is the sum of
 * both textures. Over all tiles, weighted as in contrast_weight(). */
static double score_of(const level_pair *pair, const motion_model *model)
{
    double residual = 0, texture = 0;
    for (uint32_t y = 0; y < pair->now->rows; y += TILE)
        for (uint32_t x = 0; x < pair->now->columns; x += TILE) {
            tile_energy t;
            if (!tile_compare(&t, pair, x, y, model))
                continue;
            const double weight = 1 / (t.texture + NOISE * t.n);
            residual += weight * (t.residual < 2 * t.texture ? t.residual : 2 * t.texture);
            texture += weight * t.texture;
        }
    return texture > 0 ? 1 - residual / (2 * texture) : 0;
}

/* A model gives where content came from, the result where it went, in pixels. */
static camera_motion in_pixels(const motion_model *m, double score)
{
    const double zoom = 1 / (1 - m->zoom);
    return (camera_motion){.shift_x = 8 * m->x * zoom,
                           .shift_y = 8 * m->y * zoom,
                           .zoom = zoom,
                           .score = score,
                           .known = score >= MOTION_SCORE_MIN};
}

camera_motion camera_motion_between(const motion_pyramid *before, motion_pyramid *now)
{
    const camera_motion unknown = {.zoom = 1};
    const motion_level *a = &before->level[0], *b = &now->level[0];
    if (a->columns != b->columns || a->rows != b->rows || b->columns < SMALLEST ||
        b->rows < SMALLEST)
        return unknown;
    motion_model model = search(&before->detail, &now->detail);
    for (unsigned k = now->levels; k-- > 0;) {
        const level_pair pair = pair_of(before, now, k);
        if (k + 1 < now->levels) {
            model.x *= 2;
            model.y *= 2;
        }
        if (!refine(&pair, now->tiles, steps_of_level[k], &model) && k == 0)
            return unknown;
    }
    const level_pair finest = pair_of(before, now, 0);
    const double score = score_of(&finest, &model);
    return fabs(model.zoom) <= MOTION_ZOOM_MAX ? in_pixels(&model, score) : unknown;
}
