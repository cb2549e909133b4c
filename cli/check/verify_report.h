/* The report of `camzarr verify --report`: a JSON document that says what was checked, of which
 * clips, and what was found, with a digest of itself (schemas/verify-report.json).
 *
 * It depends on the store and the options alone: it has no time of its own, which is that of its
 * file. The file appears when the verification has come to its end. All functions accept NULL: no
 * report was asked for. One thread at a time. */
#ifndef CZ_CLI_CHECK_VERIFY_REPORT_H
#define CZ_CLI_CHECK_VERIFY_REPORT_H

#include "cli/options.h"
#include "cli/check/clip_state.h"
#include "reader/reader.h"

typedef struct verify_report verify_report;

/* Create the file of --report, before the work begins; *out is NULL without --report. Errors: those
 * of out_open(). */
int verify_report_open(verify_report **out, const options *o, const cz_store *store, cz_error *err);
/* A difference in a document above the clips. */
void verify_report_above(verify_report *r, const cz_finding *f);
/* A clip: first this, then its differences, then its result. The commit marker is read before and
 * after the verification, so that the report names what was verified. */
void verify_report_clip(verify_report *r, const char *clip);
void verify_report_found(verify_report *r, const cz_finding *f);
void verify_report_result(verify_report *r, clip_state state, uint64_t differences,
                          const cz_error *err);
/* Write the file, unless `code`, the exit code of the verification, is that of an interruption.
 * Returns the exit code, or that of the failure to write. */
int verify_report_publish(verify_report *r, int code);
void verify_report_close(verify_report **r);

#endif
