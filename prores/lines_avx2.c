/* Lines for AVX2: the same C, vectorised by the compiler; this file alone is compiled with -mavx2. */
#if defined(__x86_64__)
#include "prores/lines_body.h"

const line_ops prores_lines_avx2 = LINE_OPS;
#else
typedef int prores_no_avx2_lines; /* a translation unit cannot be empty */
#endif
