/* The community's listing of OOI's archive CamHD, dbcamhd.json. Pure. */
#ifndef CZ_MANIFEST_CAMHD_H
#define CZ_MANIFEST_CAMHD_H

#include "manifest/manifest.h"

enum {
    /* A ProRes frame of 1920x1080 has 1020 slices, each with a size and at least 6 bytes. The
     * camera switched off gives 21 648. */
    CAMHD_FRAME_MIN = 8192,
    /* The recorder writes blocks; a whole file ends with its moov, anywhere. */
    CAMHD_BLOCK = 4096,
    CAMHD_STUB_MAX = 32 << 10, /* a shorter file without a moov has no whole frame */
};

/* Parse a line of dbcamhd.json: "filename" or "url", "filesize", "frame_count", "moov",
 * "timestamp", "md5". Sets the row's problem:
 * - EMPTY;
 * - without a moov, STUB if the file is short, BROKEN_OFF if it has whole blocks;
 * - FRAME_COUNT for more frames than the file has room for.
 * Other files without a moov are is_unread: PyCamHD takes an ftyp of 24 bytes for granted, which
 * the recorder of 2015 did not write. A timestamp more than a day from the name's time is dropped.
 * Texts of *out are owned by `from`. Errors: FORMAT; the message begins with `what`. */
int camhd_row_parse(manifest_row *out, const cJSON *from, const char *what, cz_error *err);

#endif
