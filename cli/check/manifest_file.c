#include "cli/check/manifest_file.h"

#include "cli/say.h"
#include "manifest/listing.h"

/* A damaged manifest may lack rows, so it is refused before anything is converted. */
static void on_bad_row(void *user, const cz_error *err)
{
    int *code = user;
    const int this_one = say_error(err);
    if (*code == 0)
        *code = this_one;
}

int manifest_file_read(manifest *to, const char *path)
{
    cz_error err;
    int code = 0;
    const listing_options how = {.bad_row = on_bad_row, .user = &code};
    listing_state state = {.to = to, .shown = path, .o = &how};
    if (listing_read_lines(&state, path, &err) < 0)
        return code ? code : say_error(&err);
    return code;
}
