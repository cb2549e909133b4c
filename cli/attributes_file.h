/* A file of the owner's attributes, for convert --attributes and attributes --set. */
#ifndef CZ_CLI_ATTRIBUTES_FILE_H
#define CZ_CLI_ATTRIBUTES_FILE_H

#include "base/buf.h"

/* Append the text of the file, which is checked. Errors: ABSENT, DENIED, IO, NOMEM, USAGE (not such
 * a file; the message names it and the attribute). */
int attributes_file_read(buf *out, const char *path, cz_error *err);

#endif
