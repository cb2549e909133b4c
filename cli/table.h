/* Prints a table in columns. Control characters in cells are replaced (cli/say.h). */
#ifndef CZ_CLI_TABLE_H
#define CZ_CLI_TABLE_H

#include <stdio.h>

#include "base/buf.h"

typedef struct table {
    size_t n_columns;
    const char *align; /* 'l' or 'r' for each column */
    buf cells;         /* each with its NUL, row by row */
    size_t n_cells;
} table;

/* Add a cell; rows are filled in order. */
void table_add(table *t, const char *fmt, ...) CZ_PRINTF(2, 3);
/* Errors: NOMEM. */
int table_print(const table *t, FILE *to, cz_error *err);
void table_free(table *t);

#endif
