/* CRC-32C: tables (2.5 GB/s where this was measured), the CRC instruction (24 GB/s), and carry-less
 * multiplication with AVX-512 (57 GB/s). Frames are verified on each read, which should cost little
 * compared with the copy out of the page cache (11 GB/s). */
#include "base/digest.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

/* Slicing by eight: table[k][b] is the effect of byte b on the CRC k + 1 bytes later. It is linear
 * in b, so the 256 entries of a table follow from eight constants, those of the powers of two. */
#define BIT(b, i, c) (((b) >> (i)&1) ? (c) : 0u)
#define ENTRY(b, c0, c1, c2, c3, c4, c5, c6, c7)                                                   \
    BIT(b, 0, c0) ^ BIT(b, 1, c1) ^ BIT(b, 2, c2) ^ BIT(b, 3, c3) ^ BIT(b, 4, c4) ^                \
        BIT(b, 5, c5) ^ BIT(b, 6, c6) ^ BIT(b, 7, c7)
#define ENTRIES_4(b, ...)                                                                          \
    ENTRY((b), __VA_ARGS__), ENTRY((b) + 1, __VA_ARGS__), ENTRY((b) + 2, __VA_ARGS__),             \
        ENTRY((b) + 3, __VA_ARGS__)
#define ENTRIES_16(b, ...)                                                                         \
    ENTRIES_4((b), __VA_ARGS__), ENTRIES_4((b) + 4, __VA_ARGS__), ENTRIES_4((b) + 8, __VA_ARGS__), \
        ENTRIES_4((b) + 12, __VA_ARGS__)
#define ENTRIES_64(b, ...)                                                                         \
    ENTRIES_16((b), __VA_ARGS__), ENTRIES_16((b) + 16, __VA_ARGS__),                               \
        ENTRIES_16((b) + 32, __VA_ARGS__), ENTRIES_16((b) + 48, __VA_ARGS__)
#define ENTRIES_256(...)                                                                           \
    {                                                                                              \
        ENTRIES_64(0u, __VA_ARGS__), ENTRIES_64(64u, __VA_ARGS__), ENTRIES_64(128u, __VA_ARGS__),  \
            ENTRIES_64(192u, __VA_ARGS__)                                                          \
    }

static const uint32_t table[8][256] = {
    ENTRIES_256(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f, 0x20bd8ede, 0x417b1dbc,
                0x82f63b78),
    ENTRIES_256(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181, 0x7f8be302, 0xff17c604,
                0xfbc3faf9),
    ENTRIES_256(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a, 0xe144fb14, 0xc76580d9,
                0x8b277743),
    ENTRIES_256(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d, 0xd725148b, 0xaba65fe7,
                0x52a0c93f),
    ENTRIES_256(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3, 0x1ba8b557, 0x37516aae,
                0x6ea2d55c),
    ENTRIES_256(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e, 0x85f4168d, 0x0e045beb,
                0x1c08b7d6),
    ENTRIES_256(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a,
                0xf56e0ef4),
    ENTRIES_256(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4, 0x0d006599, 0x1a00cb32,
                0x34019664),
};

static uint32_t update_tables(uint32_t crc, const uint8_t *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8) {
        crc ^= rd32le(p);
        crc = table[7][crc & 255] ^ table[6][crc >> 8 & 255] ^ table[5][crc >> 16 & 255] ^
              table[4][crc >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
              table[0][p[7]];
    }
    for (; n; n--)
        crc = crc >> 8 ^ table[0][(crc ^ *p++) & 255];
    return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#define TARGET_CRC __attribute__((target("sse4.2")))
#define CRC_8(crc, v) ((uint32_t)_mm_crc32_u64((crc), (v)))
#define CRC_1(crc, v) _mm_crc32_u8((crc), (v))

static bool has_crc_instruction(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}

#elif defined(__aarch64__) && defined(__GNUC__)

/* clang's <arm_acle.h> declares the functions only if the whole build enables the feature. */
#if defined(__clang__)
#define TARGET_CRC __attribute__((target("crc")))
#define CRC_8(crc, v) __builtin_arm_crc32cd((crc), (v))
#define CRC_1(crc, v) __builtin_arm_crc32cb((crc), (v))
#else
#include <arm_acle.h>
#define TARGET_CRC __attribute__((target("+crc")))
#define CRC_8(crc, v) __crc32cd((crc), (v))
#define CRC_1(crc, v) __crc32cb((crc), (v))
#endif

#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
static bool has_crc_instruction(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}
#else
static bool has_crc_instruction(void)
{
#if defined(__ARM_FEATURE_CRC32)
    return true;
#else
    return false;
#endif
}
#endif

#endif

#ifdef TARGET_CRC

/* The instruction has a throughput of one per cycle and a latency of three, so three streams of
 * 4096 bytes are processed in parallel. To combine them, the CRC of one is shifted over the bytes
 * of the following ones: multiplied by x^(8 * bytes) modulo the polynomial. */
static const size_t STREAM_BYTES = 4096;
static const uint32_t SHIFT_ONE_STREAM = 0x35d73a62, SHIFT_TWO_STREAMS = 0x28461564;

/* a * b modulo the polynomial; bits are reflected, 1 is the highest. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (; a; a <<= 1) {
        product ^= b & -(a >> 31);
        b = b >> 1 ^ (0x82f63b78 & -(b & 1));
    }
    return product;
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v); /* both architectures are little-endian here */
    return v;
}

TARGET_CRC static uint32_t update_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
    for (; n >= 3 * STREAM_BYTES; n -= 3 * STREAM_BYTES, p += 3 * STREAM_BYTES) {
        uint32_t second = 0, third = 0;
        for (size_t i = 0; i < STREAM_BYTES; i += 8) {
            crc = CRC_8(crc, load64(p + i));
            second = CRC_8(second, load64(p + STREAM_BYTES + i));
            third = CRC_8(third, load64(p + 2 * STREAM_BYTES + i));
        }
        crc = multiply(crc, SHIFT_TWO_STREAMS) ^ multiply(second, SHIFT_ONE_STREAM) ^ third;
    }
    for (; n >= 8; n -= 8, p += 8)
        crc = CRC_8(crc, load64(p));
    for (; n; n--)
        crc = CRC_1(crc, *p++);
    return crc;
}

#endif

#if defined(__x86_64__) && defined(__GNUC__)

/* Folding: 256 bytes are multiplied by x^2048 modulo the polynomial, which shifts them over the
 * next 256, and added to those. The CRC is unchanged by that, so the last 256 bytes finally
 * represent all before them. The two halves of a 128-bit lane need different factors, x^(2048 + 63)
 * and x^(2048 - 1): a carry-less product of bit-reflected numbers is one bit too low. */
enum { FOLD_BYTES = 256, VECTOR_BYTES = 64 };

#define TARGET_CLMUL __attribute__((target("avx512f,vpclmulqdq")))

static bool has_vpclmulqdq(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("vpclmulqdq");
}

TARGET_CLMUL static uint32_t update_clmul(uint32_t crc, const uint8_t *p, size_t n)
{
    if (n < (size_t)2 * FOLD_BYTES)
        return update_instruction(crc, p, n);
    const __m512i factors = _mm512_set4_epi64(0x1426a81500000000, (int64_t)0xe9a5d8be00000000,
                                              0x1426a81500000000, (int64_t)0xe9a5d8be00000000);
    __m512i sum[FOLD_BYTES / VECTOR_BYTES];
    for (size_t i = 0; i < FOLD_BYTES / VECTOR_BYTES; i++)
        sum[i] = _mm512_loadu_si512(p + VECTOR_BYTES * i);
    sum[0] = _mm512_xor_si512(sum[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
    for (p += FOLD_BYTES, n -= FOLD_BYTES; n >= FOLD_BYTES; p += FOLD_BYTES, n -= FOLD_BYTES)
        for (size_t i = 0; i < FOLD_BYTES / VECTOR_BYTES; i++) {
            const __m512i low = _mm512_clmulepi64_epi128(sum[i], factors, 0x00);
            const __m512i high = _mm512_clmulepi64_epi128(sum[i], factors, 0x11);
            const __m512i next = _mm512_loadu_si512(p + VECTOR_BYTES * i);
            sum[i] = _mm512_xor_si512(_mm512_xor_si512(low, high), next);
        }
    uint8_t last[FOLD_BYTES];
    for (size_t i = 0; i < FOLD_BYTES / VECTOR_BYTES; i++)
        _mm512_storeu_si512(last + VECTOR_BYTES * i, sum[i]);
    return update_instruction(update_instruction(0, last, FOLD_BYTES), p, n);
}

#endif

static uint32_t crc32c_tables(uint32_t crc, const void *p, size_t n)
{
    return ~update_tables(~crc, p, n);
}

#ifdef TARGET_CRC
static uint32_t crc32c_instruction(uint32_t crc, const void *p, size_t n)
{
    return ~update_instruction(~crc, p, n);
}
#endif

#ifdef TARGET_CLMUL
static uint32_t crc32c_clmul(uint32_t crc, const void *p, size_t n)
{
    return ~update_clmul(~crc, p, n);
}
#endif

size_t crc32c_implementations(crc32c_fn *ret_way[CRC32C_IMPLEMENTATIONS_MAX])
{
    size_t n = 0;
    ret_way[n++] = crc32c_tables;
#ifdef TARGET_CRC
    if (has_crc_instruction())
        ret_way[n++] = crc32c_instruction;
#endif
#ifdef TARGET_CLMUL
    if (has_vpclmulqdq())
        ret_way[n++] = crc32c_clmul;
#endif
    return n;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef TARGET_CLMUL
    if (has_vpclmulqdq())
        return crc32c_clmul(crc, p, n);
#endif
#ifdef TARGET_CRC
    if (has_crc_instruction())
        return crc32c_instruction(crc, p, n);
#endif
    return crc32c_tables(crc, p, n);
}
