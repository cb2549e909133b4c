/* The files ~/.aws/credentials and ~/.aws/config: sections of `name = value` lines. */
#ifndef CZ_STORE_TEXT_INI_H
#define CZ_STORE_TEXT_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Append the value of `name` in [section]; false if there is none. If there are several, the last
 * one is used. Comments begin with # or ; at the start of a line or after white space. Names in
 * nested blocks (indented lines) are ignored. Safe for untrusted input; thread-safe. */
bool ini_value(buf *out, const char *text, size_t n, const char *section, const char *name);
/* The same in a nested block: of the indented lines that follow the line `block =`. */
bool ini_nested_value(buf *out, const char *text, size_t n, const char *section, const char *block,
                      const char *name);
/* Whether there is such a section. */
bool ini_has_section(const char *text, size_t n, const char *section);

#endif
