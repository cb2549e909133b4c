/* Limits of parsed JSON. */
#ifndef CZ_STORE_JSON_LIMITS_H
#define CZ_STORE_JSON_LIMITS_H

enum {
    JSON_DEPTH_MAX = 32,
    JSON_BYTES_MAX = 64 << 20,
    JSON_DIGITS = 15, /* a double represents every integer of up to so many digits */
};

#endif
