#include "base/deployment.h"

#include "base/timestamp.h"

unsigned camhd_deployment(int64_t time)
{
    /* The ends (UTC) of deployments 2 to 6; the archive begins with 2. */
    static const struct {
        int year, month, day, hour, minute;
    } ends[] = {
        {2016, 7, 26, 21, 18}, {2017, 8, 14, 6, 0}, {2018, 7, 4, 0, 0},
        {2019, 6, 16, 2, 0},   {2020, 8, 6, 11, 0},
    };
    enum { N_ENDS = sizeof ends / sizeof *ends };
    unsigned i = 0;
    for (; i < N_ENDS; i++) {
        int64_t end;
        if (timestamp_from_civil(&end, ends[i].year, ends[i].month, ends[i].day, ends[i].hour,
                                 ends[i].minute, 0) &&
            time <= end)
            break;
    }
    return i + 2;
}
