/* Writes decoded frames: to one file each, or all to one file. */
#ifndef CZ_CLI_FRAME_FILES_H
#define CZ_CLI_FRAME_FILES_H

#include "cli/frame_target.h"
#include "cli/options.h"
#include "cli/picture/picture.h"

typedef struct frame_files {
    const options *o;
    cz_clip *clip;
    const uint64_t *frame;
    size_t n;
    const frame_target *target; /* of pictures */
    const cz_view *view;
    cz_shape shape;
    picture_options picture;
} frame_files;

/* Parse --compression, --quality and --chroma. facts: of the clip. Errors: USAGE. */
int frame_files_options(picture_options *out, const options *o, const frame_target *target,
                        const cz_facts *facts, cz_error *err);

/* Write all frames. Files appear in the order of the frames, each complete; after an error, which
 * names the file or frame, no further one does. Errors: those of stage_run(), of the writers of
 * cli/picture/picture.h and of cli/out_file.h. */
int frame_files_write(const frame_files *j, cz_error *err);

/* The frame's time as text; "" if the start of the clip is unknown. */
int frame_time_text(char *out, cz_clip *clip, cz_fields fields, uint64_t frame, cz_error *err);
/* Report a written file, which holds n frames from `frame` on. text is the time of the first one.
 */
int frame_report(const options *o, cz_clip *clip, const char *path, uint64_t frame, size_t n,
                 const char *text, cz_error *err);

#endif
