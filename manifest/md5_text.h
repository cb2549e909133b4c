/* MD5 digests as 16 bytes and as hexadecimal text. Pure. */
#ifndef CZ_MANIFEST_MD5_TEXT_H
#define CZ_MANIFEST_MD5_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* 32 lower-case digits and a NUL. */
void md5_format(char out[33], const uint8_t md5[16]);
/* Exactly 32 digits of either case. */
bool md5_parse(uint8_t md5[16], const char *text);

#endif
