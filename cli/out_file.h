/* A file that is written completely or not at all: to a temporary file in the same folder, which is
 * then renamed.
 *
 * After out_publish() succeeded the file is complete and durable, and there is no temporary file.
 * After a failure the path is unchanged (absent, or the previous file) and the temporary file is
 * removed. If the temporary file cannot be removed, or the previous file cannot be restored, the
 * error message says so; restoring requires a file system with RENAME_EXCHANGE. A killed process
 * may leave the temporary file: PATH, a dot and six characters.
 *
 * "-" is standard output, which is written to directly. Thread-safe for different files. */
#ifndef CZ_CLI_OUT_FILE_H
#define CZ_CLI_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct out_file {
    int fd;          /* -1: closed */
    int folder;      /* the one that contains the file; -1: none */
    char *path;      /* NULL: standard output */
    char *temporary; /* NULL: there is no temporary file */
    bool overwrite;
} out_file;
#define OUT_FILE_NONE ((out_file){.fd = -1, .folder = -1})

/* Errors: EXISTS (without overwrite; with a hint), USAGE (standard output is a terminal),
 * ABSENT (no such folder), DENIED, FULL, IO, NOMEM. */
int out_open(out_file *out, const char *path, bool overwrite, cz_error *err);
int out_write(out_file *f, const void *p, size_t n, cz_error *err);
/* Make the contents durable and close the file, before out_publish(), which does it otherwise: for
 * callers that write several files at the same time but publish them in order. Nothing can be
 * written afterwards. Errors: those of out_write(). */
int out_sync(out_file *f, cz_error *err);
/* Rename the temporary file to its path. Errors: those of out_open() and out_write(). */
int out_publish(out_file *f, cz_error *err);
/* Close the file, and remove it unless it was published. If it cannot be removed, that is appended
 * to the message of err, an earlier error. Repeatable. */
void out_close(out_file *f, cz_error *err);

/* Create a folder durably, unless it exists. Errors: ABSENT (it has no parent),
 * DENIED, FULL, IO, NOMEM. */
int out_make_folder(const char *path, cz_error *err);

#endif
