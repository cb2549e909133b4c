/* MD5 digests as 16 bytes and as hexadecimal text. */
#ifndef CZ_MANIFEST_MD5_TEXT_H
#define CZ_MANIFEST_MD5_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* 32 lower-case digits and a NUL. */
static inline void md5_format(char out[33], const uint8_t md5[16])
{
    for (int i = 0; i < 16; i++) {
        out[2 * i] = "0123456789abcdef"[md5[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
    }
    out[32] = '\0';
}

static inline int md5_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Exactly 32 digits of either case. */
static inline bool md5_parse(uint8_t md5[16], const char *text)
{
    for (int i = 0; i < 16; i++) {
        const int high = md5_digit(text[2 * i]), low = high < 0 ? -1 : md5_digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        md5[i] = (uint8_t)(high << 4 | low);
    }
    return text[32] == '\0';
}

#endif
