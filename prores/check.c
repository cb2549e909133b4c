/* Validating a frame without decoding it, and error messages for damage. */
#include "prores/frame.h"
#include "prores/internal.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const char *fault_text(unsigned fault)
{
    static const char *const text[] = {
        [PRORES_FAULT_NONE] = "none",
        [PRORES_FAULT_PICTURE_HEADER] = "invalid picture header",
        [PRORES_FAULT_SLICE_BOUNDS] = "it exceeds the end of the frame",
        [PRORES_FAULT_SLICE_HEADER] = "the sizes in its header exceed it",
        [PRORES_FAULT_DC] = "invalid DC codeword",
        [PRORES_FAULT_AC] = "invalid AC codeword",
        [PRORES_FAULT_OVERREAD] = "its codewords exceed the plane",
    };
    return text[fault];
}

int prores_fail_damaged(const prores_report *report, cz_error *err)
{
    const prores_slice_location *at = &report->first;
    return cz_fail(
        err, CZ_CORRUPT,
        "ProRes frame: %zu damaged slices of %zu (first: picture %u, row %u, slice %u: %s)",
        report->damaged, report->slices, at->picture, at->row, at->col, fault_text(at->fault));
}

static size_t count_slices(const frame *f)
{
    size_t n = 0;
    for (unsigned p = 0; p < f->pictures; p++)
        n += (size_t)f->picture[p].rows * f->picture[p].cols;
    return n;
}

static void walk_row(const frame *f, unsigned p, unsigned row, prores_report *sum)
{
    slice s;
    slice_walk walk = prores_slice_walk_begin(f, p, row);
    for (unsigned col = 0; prores_slice_walk_next(&walk, &s); col++, sum->slices++) {
        if (sum->map)
            sum->map[sum->slices] = s.fault;
        if (s.fault != PRORES_FAULT_NONE && sum->damaged++ == 0)
            sum->first = (prores_slice_location){(uint8_t)p,    s.fault,          (uint16_t)row,
                                                 (uint16_t)col, (uint16_t)s.mb_x, (uint16_t)s.mbs};
    }
}

static int check_frame(const frame *f, size_t len, prores_report *report, cz_error *err)
{
    prores_report sum = {.map = report ? report->map : NULL};
    if (sum.map && report->map_bytes < count_slices(f))
        return cz_fail(err, CZ_USAGE, "ProRes: a map of %zu bytes for %zu slices",
                       report->map_bytes, count_slices(f));
    for (unsigned p = 0; p < f->pictures; p++)
        for (unsigned row = 0; row < f->picture[p].rows; row++)
            walk_row(f, p, row, &sum);
    if (report) {
        report->slices = sum.slices;
        report->damaged = sum.damaged;
        report->first = sum.first;
    }
    if (sum.damaged)
        return prores_fail_damaged(&sum, err);
    if (f->head.frame_size > len)
        return cz_fail(err, CZ_CORRUPT, "ProRes frame: %zu bytes of %u", len, f->head.frame_size);
    return CZ_OK;
}

int prores_check(const uint8_t *data, size_t len, prores_report *report, cz_error *err)
{
    frame *f = malloc(sizeof *f);
    if (!f)
        return cz_fail_memory(err, "ProRes frame");
    int rc = prores_frame_parse(f, data, len, err);
    if (rc == CZ_OK)
        rc = check_frame(f, len, report, err);
    free(f);
    return rc;
}

size_t prores_count_slices(const uint8_t *data, size_t len)
{
    frame *f = malloc(sizeof *f);
    const size_t n = f && prores_frame_parse(f, data, len, NULL) == CZ_OK ? count_slices(f) : 0;
    free(f);
    return n;
}
