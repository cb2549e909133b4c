/* `find --align`: the pictures of the matches, as the query's camera shows them, in order of time.
 */
#ifndef CZ_CLI_FIND_ALIGN_H
#define CZ_CLI_FIND_ALIGN_H

#include "cli/options.h"
#include "base/error.h"

typedef struct find_align {
    const options *o;
    cz_store *store;
    const cz_facts *query; /* of the query's clip: the pictures have its dimensions */
    const cz_found *found;
    char **path; /* result: the file of each match; free them and the array */
} find_align;

/* Write the pictures: --align names one file each, with %06d for its number, or a folder. Errors:
 * USAGE (not such a name, or not a picture's), CANCELLED (interrupted), and those of reading and
 * writing. */
int find_align_write(find_align *a, cz_error *err);
void find_align_free(find_align *a); /* repeatable */

#endif
