/* Entropy decoding with flagless shifts and byte-swapping loads: only this file is compiled with
 * -mbmi -mbmi2 -mlzcnt -mmovbe. */
#if defined(__x86_64__)
#include "prores/entropy_body.h"

_Bool prores_lane_begin_bmi(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                            unsigned blocks, unsigned frequencies)
{
    return lane_begin(l, tables, data, size, blocks, frequencies);
}

unsigned prores_lanes_run_bmi(lane *const *lanes, unsigned n, const entropy_tables *tables)
{
    return lanes_run(lanes, n, tables);
}
#else
typedef int prores_no_bmi; /* a translation unit must not be empty */
#endif
