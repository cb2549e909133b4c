/* The output of `info`: a JSON object that describes a MOV, a store or a clip, printed as JSON or
 * as a table. Members of the same meaning have the same name in all three. */
#ifndef CZ_CLI_VERBS_INFO_H
#define CZ_CLI_VERBS_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "store/json/json.h"

/* The caller owns *out (json_free). */
/* A MOV, with the warnings of a conversion. Without a moov atom the whole file is searched for
 * frames; quiet hides the progress. Errors: those of mov_open() and mov_recover(). */
int describe_source(cJSON **out, const char *path, bool quiet, cz_error *err);
/* A store, with totals of its clips. Errors: those of cz_open() and cz_clips(). */
int describe_store(cJSON **out, const char *url, cz_error *err);
/* A clip. Errors: those of cz_facts_read(). */
int describe_clip(cJSON **out, const char *url, const char *clip, cz_error *err);

/* Print one row per member; verbose adds rarely needed members. doc is moved. Errors: NOMEM. */
int print_as_text(cJSON *doc, bool verbose, FILE *to, cz_error *err);

#endif
