/* Entropy decoding on any CPU. */
#include "prores/entropy_body.h"

_Bool prores_lane_begin_c(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                          unsigned blocks, unsigned frequencies)
{
    return lane_begin(l, tables, data, size, blocks, frequencies);
}

unsigned prores_lanes_run_c(lane *const *lanes, unsigned n, const entropy_tables *tables)
{
    return lanes_run(lanes, n, tables);
}
