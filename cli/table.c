#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"

void table_add(table *t, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0) {
        t->cells.bad = true;
        text = NULL;
    }
    va_end(ap);
    if (text) {
        add_clean(&t->cells, text);
        buf_add(&t->cells, "", 1);
        t->n_cells++;
    }
    free(text);
}

static void measure(size_t *width, const table *t)
{
    const char *cell = (const char *)t->cells.at;
    for (size_t i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
        const size_t column = i % t->n_columns, w = text_width(cell);
        width[column] = w > width[column] ? w : width[column];
    }
}

/* No spaces after the last cell of a line. */
static void print_cell(FILE *to, const char *cell, size_t width, char align, bool last)
{
    const int pad = (int)(width - text_width(cell));
    if (align == 'r')
        (void)fprintf(to, "%*s%s%s", pad, "", cell, last ? "\n" : "  ");
    else if (last)
        (void)fprintf(to, "%s\n", cell);
    else
        (void)fprintf(to, "%s%*s  ", cell, pad, "");
}

int table_print(const table *t, FILE *to, cz_error *err)
{
    size_t *width = calloc(t->n_columns, sizeof *width);
    if (t->cells.bad || !width) {
        free(width);
        return cz_fail(err, CZ_NOMEM, "out of memory for a table");
    }
    measure(width, t);
    const char *cell = (const char *)t->cells.at;
    for (size_t i = 0; i < t->n_cells; i++, cell += strlen(cell) + 1) {
        const size_t column = i % t->n_columns;
        print_cell(to, cell, width[column], t->align[column], column + 1 == t->n_columns);
    }
    free(width);
    return CZ_OK;
}

void table_free(table *t)
{
    buf_free(&t->cells);
    t->n_cells = 0;
}
