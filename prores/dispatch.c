/* Which code runs on this processor. */
#include "prores/dispatch.h"

#include <stdbool.h>

static const cpu_ops plain = {"c", prores_lane_begin_c, prores_lanes_run_c, prores_idct_c,
                              &prores_lines_c};

#if defined(__x86_64__)
static const cpu_ops avx2 = {"avx2", prores_lane_begin_bmi, prores_lanes_run_bmi, prores_idct_avx2,
                             &prores_lines_avx2};

static bool has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

const cpu_ops *prores_cpu(unsigned i)
{
    if (i == 0)
        return &plain;
    return i == 1 && has_avx2() ? &avx2 : NULL;
}

#elif defined(__aarch64__) /* which always has NEON; the compiler vectorises the lines for it */
static const cpu_ops neon = {"neon", prores_lane_begin_c, prores_lanes_run_c, prores_idct_neon,
                             &prores_lines_c};

const cpu_ops *prores_cpu(unsigned i)
{
    return i == 0 ? &plain : i == 1 ? &neon : NULL;
}

#else
const cpu_ops *prores_cpu(unsigned i)
{
    return i == 0 ? &plain : NULL;
}
#endif
