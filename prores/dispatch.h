/* Selecting the implementation for the CPU. Internal. */
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

/* The i-th implementation that this CPU supports, the generic one first; NULL if there is none. */
const cpu_ops *prores_cpu_ops(unsigned i);

#endif
