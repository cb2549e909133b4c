/* A file that is written whole or not at all: under another name beside its place, then renamed.
 *
 * "-" is standard output, where the bytes go at once. Not thread-safe. */
#ifndef CZ_CLI_OUT_FILE_H
#define CZ_CLI_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct out_file {
    int fd;          /* -1: closed */
    char *path;      /* its place; NULL: standard output */
    char *temporary; /* what is there now */
    bool overwrite;
} out_file;
#define OUT_FILE_NONE ((out_file){.fd = -1})

/* Errors: EXISTS (and not to be overwritten; with a hint), USAGE (standard output is a terminal),
 * ABSENT (no such folder), DENIED, FULL, IO, NOMEM. */
int out_open(out_file *out, const char *path, bool overwrite, cz_error *err);
int out_write(out_file *f, const void *p, size_t n, cz_error *err);
/* Put it in its place; durable, when it returns, if that is asked for. Errors: as of the others. */
int out_publish(out_file *f, bool durable, cz_error *err);
/* Close, and remove what was not published. Repeatable. */
void out_close(out_file *f);

#endif
