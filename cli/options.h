/* The command line: verbs, and one table of options for parsing and help.
 *
 * An option has the same meaning with every verb, and may precede or follow the arguments. */
#ifndef CZ_CLI_OPTIONS_H
#define CZ_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The values of an option that can be repeated. */
enum { TEXT_LIST_MAX = 64 };
typedef struct text_list {
    const char *at[TEXT_LIST_MAX];
    size_t n;
} text_list;

typedef struct options {
    bool help, json, quiet, verbose, dry_run, overwrite, recover, sha256, strict, conceal, decode,
        stats, allow_private_redirects, check, sidecars, unfinished;
    const char *name, *out, *format, *report, *source, *scale, *region, *fields, *frames,
        *attributes, *set, *since, *until, *prices, *manifest, *from, *index, *only, *patience,
        *metrics, *compression, *chroma, *overview, *sample, *older_than, *md5, *purpose;
    text_list remove;
    uint64_t threads, memory, frames_per_shard, zarr_format, quality; /* 0: not given */
    uint64_t connections, rate_limit;                                 /* likewise */
    uint64_t deployment, min_size, link, jobs, track;                 /* likewise */
    char **arg; /* arguments that are not options, in order */
    size_t n_args;
} options;

/* Bits of the verbs that have an option. */
enum {
    VERB_CONVERT = 1 << 0,
    VERB_LS = 1 << 1,
    VERB_INFO = 1 << 2,
    VERB_FRAME = 1 << 3,
    VERB_VERIFY = 1 << 4,
    VERB_RESTORE = 1 << 5,
    VERB_RM = 1 << 6,
    VERB_EXPORT = 1 << 7,
    VERB_DOCTOR = 1 << 8,
    VERB_ATTRIBUTES = 1 << 9,
    VERB_MANIFEST = 1 << 10,
    VERB_SHEET = 1 << 11,
    VERB_CLEAN = 1 << 12,
};

typedef struct verb {
    const char *name;
    const char *args;    /* "STORE CLIP", for the usage line */
    const char *summary; /* one line of the list of commands */
    const char *text;    /* paragraphs for --help, ready to print */
    unsigned bit;
    size_t least, most;           /* arguments */
    int (*run)(const options *o); /* returns an exit code */
} verb;

/* Parse argv[1..]; argv[0] is the verb. argv is reordered and must outlive *out. Returns 0, or
 * EXIT_USAGE after printing the error. */
int options_parse(options *out, const verb *v, int argc, char **argv);

/* What `camzarr VERB --help` prints. */
void options_help(FILE *to, const verb *v);

#endif
