/* register_views WIDTH HEIGHT FILE: registers pairs of a file of pictures at 1/8 scale: 8-bit luma,
 * one after the other, of frames of WIDTH x HEIGHT pixels. Reads pairs of numbers from standard
 * input, query first, and prints for each shift_x, shift_y, zoom and score, and the similarity of
 * the second one's signature in steps of cells and of half cells. For
 * tests/e2e/test_find_views.py. */
#include <stdio.h>
#include <stdlib.h>

#include "analyse/registration.h"
#include "analyse/view_search.h"

enum { VIEWS_MAX = 4096 };

typedef struct view {
    uint8_t *luma;
    view_picture picture;
    uint8_t signature[SIGNATURE_BYTES];
} view;

typedef struct query {
    size_t of;
    view_query *cells, *halves;
} query;

/* As the converter does it. */
static int sign(view *v, uint32_t columns, uint32_t rows)
{
    const size_t n = (size_t)columns * rows;
    dc_picture p = {.whole_columns = columns, .whole_rows = rows, .columns = columns};
    p.luma = malloc(n * sizeof *p.luma);
    if (!p.luma)
        return -1;
    for (size_t i = 0; i < n; i++)
        p.luma[i] = (uint16_t)(4 * v->luma[i]);
    view_signature(v->signature, &p);
    dc_picture_free(&p);
    return 0;
}

static size_t read_views(view *views, const char *path, uint32_t width, uint32_t height)
{
    FILE *f = fopen(path, "rb");
    const size_t columns = width / 8, size = columns * (height / 8);
    size_t n = 0;
    while (f && n < VIEWS_MAX) {
        view *v = &views[n];
        v->luma = malloc(size);
        if (!v->luma || fread(v->luma, 1, size, f) != size ||
            view_picture_make(&v->picture, v->luma, columns, width, height, NULL) < 0 ||
            sign(v, width / 8, height / 8) < 0)
            break;
        n++;
    }
    if (f)
        (void)fclose(f);
    return n;
}

static int set_query(query *q, const view *views, size_t i)
{
    const view_picture *p = &views[i].picture;
    if (q->cells && q->of == i)
        return CZ_OK;
    view_query_free(&q->cells);
    view_query_free(&q->halves);
    q->of = i;
    const int rc =
        view_query_new(&q->cells, views[i].luma, p->columns, p->rows, VIEW_QUERY_CELLS, NULL);
    return rc < 0 ? rc
                  : view_query_new(&q->halves, views[i].luma, p->columns, p->rows,
                                   VIEW_QUERY_HALVES, NULL);
}

static bool read_pair(size_t *i, size_t *k)
{
    char line[64], *end;
    if (!fgets(line, sizeof line, stdin))
        return false;
    *i = strtoul(line, &end, 10);
    *k = strtoul(end, NULL, 10);
    return true;
}

int main(int argc, char **argv)
{
    view *views = calloc(VIEWS_MAX, sizeof *views);
    registration_memory memory = {0};
    query q = {0};
    size_t i, k, n = 0;
    int rc = argc != 4 || !views;
    if (rc == 0)
        n = read_views(views, argv[3], (uint32_t)strtoul(argv[1], NULL, 10),
                       (uint32_t)strtoul(argv[2], NULL, 10));
    while (rc == 0 && read_pair(&i, &k) && i < n && k < n) {
        registration r = {0};
        rc = set_query(&q, views, i) < 0 ||
             views_register(&r, &views[i].picture, &views[k].picture, &memory, NULL) < 0;
        if (rc == 0)
            (void)printf("%.4f %.4f %.6f %.4f %.3f %.3f\n", r.shift_x, r.shift_y, r.zoom, r.score,
                         (double)view_similarity(q.cells, views[k].signature),
                         (double)view_similarity(q.halves, views[k].signature));
    }
    for (i = 0; views && i < VIEWS_MAX; i++) {
        view_picture_free(&views[i].picture);
        free(views[i].luma);
    }
    view_query_free(&q.cells);
    view_query_free(&q.halves);
    registration_memory_free(&memory);
    free(views);
    return rc;
}
