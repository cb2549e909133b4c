/* Messages, JSON lines and exit codes of the command.
 *
 * Clip names, paths and texts from files are untrusted: control characters are replaced before
 * printing, so that no file can send escape codes to a terminal. */
#ifndef CZ_CLI_SAY_H
#define CZ_CLI_SAY_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "store/json/json.h"

/* Exit codes of the command: a contract, see docs/camzarr.1. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SOME_FAILED = 3, /* and others did not */
    EXIT_DIFFERENT = 4,   /* verify found a difference */
    EXIT_RETRY = 5,       /* a failure that a retry may cure */
    EXIT_STOPPED = 130,
};
/* The exit code for a CZ_ code. */
int exit_code(int rc);

/* Append text for display: control characters and invalid UTF-8 become U+FFFD. */
void add_clean(buf *to, const char *text);
/* Columns in a terminal, if each character takes one. */
size_t text_width(const char *text);

/* Print one line, cleaned. If there is no memory for it, here and below, "camzarr: out of memory"
 * is printed to stderr instead. */
void say(FILE *to, const char *fmt, ...) CZ_PRINTF(2, 3);
/* Print "camzarr: WHAT: WHY (WHERE)" and, on another line, the hint, to stderr. Returns the exit
 * code. */
int say_error(const cz_error *err);
/* Print "camzarr: COMMAND: WHY" and a pointer to --help; verb may be NULL. Returns EXIT_USAGE. */
int say_usage(const char *verb, const char *fmt, ...) CZ_PRINTF(2, 3);

#define STANDARD_OUTPUT "standard output" /* as messages name it */

/* Print a line of JSON to a stream other than stdout and flush it; `what` names it in messages.
 * item is moved. Errors: NOMEM, IO, FULL. */
int say_json_to(FILE *to, const char *what, cJSON *item, cz_error *err);
/* The same to standard output. Always returns CZ_OK; output_finish() reports a lost line. */
int say_json(cJSON *item, cz_error *err);
/* Writing to standard output has failed; work whose only result is printed can stop. */
bool output_failed(void);
/* json_add_text() for untrusted text, which is cleaned: the result is valid UTF-8. */
void json_add_clean(cJSON *to, const char *name, const char *text);
/* "error": {"code": "absent", "message": ...}. */
void json_add_error(cJSON *to, const cz_error *err);

/* Call first: opens stdin, stdout and stderr if they are closed. */
void output_begin(void);
/* Call last: closes stdout. Returns code, or prints an error and returns its exit code if output to
 * stdout was lost. */
int output_finish(int code);

#endif
