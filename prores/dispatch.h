/* Which code runs on this processor. Internal. */
#ifndef CZ_PRORES_DISPATCH_H
#define CZ_PRORES_DISPATCH_H

#include "prores/entropy.h"
#include "prores/idct.h"
#include "prores/yuv2rgb.h"

typedef struct cpu_ops {
    const char *name;
    lane_begin_fn *lane_begin;
    lanes_run_fn *lanes_run;
    void (*idct)(const idct_job *job);
    const yuv2rgb_ops *lines;
} cpu_ops;

/* The i-th that this processor can run, plainest first; NULL when there is no such. */
const cpu_ops *prores_cpu_ops(unsigned i);

#endif
