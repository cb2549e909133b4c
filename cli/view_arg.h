/* Parses the options of pictures: --scale, --region, --fields. Pure. */
#ifndef CZ_CLI_VIEW_ARG_H
#define CZ_CLI_VIEW_ARG_H

#include "cli/options.h"

#include "base/error.h"

/* Fill scale, region, fields and conceal; the layout stays as it is. Errors: USAGE. */
int view_parse(cz_view *view, const options *o, cz_error *err);
/* One of the options that apply to pictures only is given. */
bool view_is_given(const options *o);

/* Find a layout by its name (cz_layout_name()); false if the name is unknown. */
bool layout_find(cz_layout *out, const char *name);

#endif
