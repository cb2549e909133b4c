/* The files ~/.aws/credentials and ~/.aws/config: sections of `name = value` lines. */
#ifndef CZ_STORE_TEXT_INI_H
#define CZ_STORE_TEXT_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The value of `name` in [section], appended; false when there is none. Comments begin with # or ;
 * at the start of a line, or behind white space. Names inside a nested block (indented lines) don't
 * count. The last of several counts. Pure: bytes are hostile. */
bool ini_value(buf *out, const char *text, size_t n, const char *section, const char *name);

#endif
