/* Selecting the implementation for the CPU. */
#include "prores/dispatch.h"

#include <stdbool.h>

static const cpu_ops plain = {"c", prores_lane_begin_c, prores_lanes_run_c, prores_idct_c,
                              &prores_yuv2rgb_c};

#if defined(__x86_64__)
#include <cpuid.h>

static const cpu_ops avx2 = {"avx2", prores_lane_begin_bmi, prores_lanes_run_bmi, prores_idct_avx2,
                             &prores_yuv2rgb_avx2};

/* Intel SDM, volume 2A, CPUID. A processor without LZCNT runs it as BSR, with another result. */
static const unsigned LEAF_FEATURES = 1, LEAF_EXTENDED = 0x80000001;
enum { ECX_MOVBE = 1 << 22, ECX_LZCNT = 1 << 5 };

/* GCC's names for these two are newer than the compilers that we support. */
static bool has_movbe_and_lzcnt(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(LEAF_FEATURES, &a, &b, &c, &d) || !(c & ECX_MOVBE))
        return false;
    return __get_cpuid(LEAF_EXTENDED, &a, &b, &c, &d) && (c & ECX_LZCNT);
}

/* Every set of instructions that CMakeLists.txt compiles files for; tests/lint/test_dispatch holds
 * it.
 *
 *     entropy_bmi.c                 -mbmi -mbmi2 -mlzcnt -mmovbe
 *     idct_avx2.c, yuv2rgb_avx2.c     -mavx2
 *
 * The support of "avx2" includes that the system saves the YMM registers (XGETBV). */
static bool has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && has_movbe_and_lzcnt();
}

const cpu_ops *prores_cpu_ops(unsigned i)
{
    if (i == 0)
        return &plain;
    return i == 1 && has_avx2() ? &avx2 : NULL;
}

#elif defined(__aarch64__) /* NEON is always available there; the compiler vectorizes yuv2rgb */
static const cpu_ops neon = {"neon", prores_lane_begin_c, prores_lanes_run_c, prores_idct_neon,
                             &prores_yuv2rgb_c};

const cpu_ops *prores_cpu_ops(unsigned i)
{
    return i == 0 ? &plain : i == 1 ? &neon : NULL;
}

#elif defined(__wasm_simd128__) /* decided when it is compiled */
static const cpu_ops wasm = {"wasm", prores_lane_begin_c, prores_lanes_run_c, prores_idct_wasm,
                             &prores_yuv2rgb_wasm};

const cpu_ops *prores_cpu_ops(unsigned i)
{
    return i == 0 ? &plain : i == 1 ? &wasm : NULL;
}

#else
const cpu_ops *prores_cpu_ops(unsigned i)
{
    return i == 0 ? &plain : NULL;
}
#endif
