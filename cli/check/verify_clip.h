/* Verifying one clip for `camzarr verify`: its lines, and the exit code of several. */
#ifndef CZ_CLI_CHECK_VERIFY_CLIP_H
#define CZ_CLI_CHECK_VERIFY_CLIP_H

#include "cli/options.h"
#include "cli/check/clip_state.h"
#include "cli/check/verify_lines.h"
#include "reader/reader.h"

struct verify_report; /* cli/check/verify_report.h */

/* What is printed of a clip. */
typedef struct clip_result {
    const char *clip;
    clip_state state;
    bool bytes_read; /* all objects were read; else their sizes were compared with a listing */
    uint64_t differences;
    const cz_error *err; /* with CLIP_FAILED */
} clip_result;
/* Print the line of JSON that sums up a clip. */
void clip_result_print(const clip_result *r);

/* Say on stderr that a clip is unfinished; with --json, print its line. */
void clip_unfinished_say(const options *o, const char *clip);

/* Read all objects of a clip and print what differs, and with --json its result. Without
 * `was_named`, a commit marker that has disappeared since it was listed is no difference, if there
 * is a conversion record: a conversion or a removal is in progress. The report (may be NULL) gets
 * the same. Returns an exit code. */
int clip_verify(clip_state *ret_state, const options *o, cz_store *store, const char *clip,
                bool was_named, struct verify_report *report);

/* The more severe of two exit codes: interrupted, then a difference, then a usage error, then a
 * failure, then a failure that a retry may cure. */
int verify_worse(int a, int b);

#endif
