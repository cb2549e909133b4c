/* How pictures are wanted, as the command line has it: --scale, --region, --fields. Pure. */
#ifndef CZ_CLI_VIEW_ARG_H
#define CZ_CLI_VIEW_ARG_H

#include "cli/options.h"

#include "base/error.h"

/* Fill scale, region, fields and conceal; the layout stays as it is. Errors: USAGE. */
int view_parse(cz_view *view, const options *o, cz_error *err);
/* Is any of the options that ask for a picture given? Frames as recorded have none of them. */
bool view_is_asked_for(const options *o);

/* The layout of that name (cz_layout_name()); false when there is none. */
bool layout_find(cz_layout *out, const char *name);

#endif
