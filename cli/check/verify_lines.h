/* The lines of `camzarr verify`: findings about one object are grouped to one line of text. */
#ifndef CZ_CLI_VERIFY_LINES_H
#define CZ_CLI_VERIFY_LINES_H

#include <stdint.h>

#include "base/error.h"
#include "format/layout.h"

/* Findings with the same clip, key and text, not yet printed. Zero-initialize. */
typedef struct finding_group {
    const char *clip;
    char key[KEY_MAX];
    char what[sizeof((cz_error *)NULL)->message];
    uint64_t n;
    int64_t first, last; /* frames; -1: the findings are not about frames */
} finding_group;

/* Add a finding. If it isn't like those of the group, they are printed first. clip must outlive
 * the group. */
void finding_group_add(finding_group *g, const char *clip, const cz_finding *f);
/* Print what the group has, to standard output: "CLIP: KEY: frames 3 to 9: WHY". */
void finding_group_print(finding_group *g);
/* Print a finding as a line of JSON. */
void finding_print_json(const char *clip, const cz_finding *f);

#endif
