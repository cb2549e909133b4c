/* docs/format.md and docs/pixels.md of the tree that the library was built from: UTF-8, without a
 * NUL at the end. Their definitions are written by the build. */
#ifndef CZ_FORMAT_SPECIFICATION_TEXT_H
#define CZ_FORMAT_SPECIFICATION_TEXT_H

#include <stddef.h>

extern const unsigned char specification_format[], specification_pixels[];
extern const size_t specification_format_size, specification_pixels_size;

#endif
