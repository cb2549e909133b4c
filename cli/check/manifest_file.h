/* Manifests that a command reads. */
#ifndef CZ_CLI_CHECK_MANIFEST_FILE_H
#define CZ_CLI_CHECK_MANIFEST_FILE_H

#include "manifest/manifest.h"

/* Append the rows of a manifest, a file or "-". A damaged one, which may lack rows, is refused.
 * Returns 0, or an exit code after printing the error. */
int manifest_file_read(manifest *to, const char *path);

#endif
