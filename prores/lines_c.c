/* Lines in plain C. */
#include "prores/lines_body.h"

const line_ops prores_lines_c = LINE_OPS;
