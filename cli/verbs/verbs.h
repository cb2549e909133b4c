/* The verbs. Each prints its output and errors and returns an exit code. */
#ifndef CZ_CLI_VERBS_VERBS_H
#define CZ_CLI_VERBS_VERBS_H

#include "cli/options.h"

int run_convert(const options *o);
int run_ls(const options *o);
int run_catalog(const options *o);
int run_info(const options *o);
int run_frame(const options *o);
int run_sheet(const options *o);
int run_serve(const options *o);
int run_find(const options *o);
int run_analyse(const options *o);
int run_scenes(const options *o);
int run_verify(const options *o);
int run_export(const options *o);
int run_restore(const options *o);
int run_attributes(const options *o);
int run_rm(const options *o);
int run_clean(const options *o);
int run_doctor(const options *o);
int run_manifest(const options *o);

#endif
