/* Lines in plain C. */
#include "prores/lines_body.h"

const line_ops prores_lines_c = {chroma_wide, chroma_same, gray8, gray16, rgb24,
                                 bgr24,       rgba,        rgb48, mean};
