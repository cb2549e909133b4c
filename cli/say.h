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
    EXIT_SOME_FAILED = 3, /* and others didn't */
    EXIT_DIFFERENT = 4,   /* verify found a difference */
    EXIT_RETRY = 5,       /* it failed, but a retry may help */
    EXIT_STOPPED = 130,
};
/* The exit code that a CZ_ code deserves by itself. */
int exit_code(int rc);

/* Add text as people may see it: control characters and what isn't UTF-8 become U+FFFD. */
void add_clean(buf *to, const char *text);
/* Columns that it takes in a terminal, if each character takes one. */
size_t text_width(const char *text);

/* One line, made clean. Without the memory for one, here and below, "camzarr: out of memory"
 * goes to stderr in its place. */
void say(FILE *to, const char *fmt, ...) CZ_PRINTF(2, 3);
/* "camzarr: WHAT: WHY (WHERE)", and a line with the hint if there is one, to stderr. Returns the
 * exit code. */
int say_error(const cz_error *err);
/* "camzarr: COMMAND: WHY" and a pointer to --help; verb may be NULL. Returns EXIT_USAGE. */
int say_usage(const char *verb, const char *fmt, ...) CZ_PRINTF(2, 3);

#define STANDARD_OUTPUT "standard output" /* as messages name it */

/* A line of JSON to another stream than stdout, at once; `what` names it in messages. item is
 * moved. Errors: NOMEM, IO, FULL. */
int say_json_to(FILE *to, const char *what, cJSON *item, cz_error *err);
/* The same to standard output. Returns CZ_OK whatever happens: a line that is lost is
 * remembered, and say_end() reports it. */
int say_json(cJSON *item, cz_error *err);
/* Has writing to standard output failed? Long work whose only result is printed can end then. */
bool output_failed(void);
/* json_add_text() for texts that come from outside: valid UTF-8 whatever they are. */
void json_add_clean(cJSON *to, const char *name, const char *text);
/* "error": {"code": "absent", "message": ...}. */
void json_add_error(cJSON *to, const cz_error *err);

/* The first thing to do: see that stdin, stdout and stderr are open. */
void say_begin(void);
/* The last thing to do, for every verb: `code`, or EXIT_FAILED and a message when something
 * that was printed to stdout couldn't be written. Nothing is printed there afterwards. */
int say_end(int code);

#endif
