/* A file that is written whole or not at all: under a temporary name beside its place, then
 * renamed.
 *
 * What is promised of a file: when out_publish() succeeds it is complete and durable under its
 * name, and no temporary is left. When anything fails the name is as it was before, absent or
 * the old file, and the temporary is gone. A temporary that can't be removed, or a name that
 * can't be given back, is in the error's message; an old file can't be where the file system
 * has no way to exchange two names. A process that is killed may leave the temporary: PATH, a
 * dot and six characters.
 *
 * "-" is standard output, where the bytes go at once. Not thread-safe. */
#ifndef CZ_CLI_OUT_FILE_H
#define CZ_CLI_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct out_file {
    int fd;          /* -1: closed */
    int folder;      /* that holds it; -1: none */
    char *path;      /* its place; NULL: standard output */
    char *temporary; /* what is there now; NULL: nothing */
    bool overwrite;
} out_file;
#define OUT_FILE_NONE ((out_file){.fd = -1, .folder = -1})

/* Errors: EXISTS (and not to be overwritten; with a hint), USAGE (standard output is a terminal),
 * ABSENT (no such folder), DENIED, FULL, IO, NOMEM. */
int out_open(out_file *out, const char *path, bool overwrite, cz_error *err);
int out_write(out_file *f, const void *p, size_t n, cz_error *err);
/* Put it in its place. Errors: as of the others. */
int out_publish(out_file *f, cz_error *err);
/* Close, and remove what was not published. err is the error that came before, if one did: what
 * can't be removed is added to its message. Repeatable. */
void out_close(out_file *f, cz_error *err);

/* Make the folder durable, unless it is there already. Errors: ABSENT (its parent isn't there),
 * DENIED, FULL, IO, NOMEM. */
int out_make_folder(const char *path, cz_error *err);

#endif
