/* What `info` tells: one JSON object of a MOV, a store or a clip, as it is for programs and as
 * a table for people. The same things have the same names in all three. */
#ifndef CZ_CLI_VERBS_INFO_H
#define CZ_CLI_VERBS_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "store/json/json.h"

/* The caller owns *out (json_free). */
/* A MOV, as a conversion would see it. Without a moov its frames are searched for, which takes as
 * long as reading it: quiet hides the progress. Errors: as mov_open(), mov_recover() say. */
int describe_source(cJSON **out, const char *path, bool quiet, cz_error *err);
/* A store: what its clips come to. Errors: as cz_open(), cz_clips(). */
int describe_store(cJSON **out, const char *url, cz_error *err);
/* A clip. Errors: as cz_facts_read(). */
int describe_clip(cJSON **out, const char *url, const char *clip, cz_error *err);

/* A row a member. What is for the curious alone comes with verbose. doc is moved. Errors: NOMEM. */
int print_as_text(cJSON *doc, bool verbose, FILE *to, cz_error *err);

#endif
