#include "manifest/md5_text.h"

#include <stddef.h>

void md5_format(char out[33], const uint8_t md5[16])
{
    for (size_t i = 0; i < 16; i++) {
        out[2 * i] = "0123456789abcdef"[md5[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
    }
    out[32] = '\0';
}

static int value_of(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

bool md5_parse(uint8_t md5[16], const char *text)
{
    for (size_t i = 0; i < 16; i++) {
        const int high = value_of(text[2 * i]), low = high < 0 ? -1 : value_of(text[2 * i + 1]);
        if (low < 0)
            return false;
        md5[i] = (uint8_t)(high << 4 | low);
    }
    return text[32] == '\0';
}
