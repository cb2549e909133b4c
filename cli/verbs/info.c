/* camzarr info: what a MOV, a store or a clip is. */
#include "cli/verbs/info.h"

#include <sys/stat.h>

#include "cli/place.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"

/* A folder is a store, and so is an address that does not end in .mov; anything else is a MOV. */
static bool is_store(const char *place)
{
    struct stat st;
    if (place_is_address(place))
        return !place_is_movie_address(place);
    return stat(place, &st) == 0 && S_ISDIR(st.st_mode);
}

int run_info(const options *o)
{
    const char *place = o->arg[0];
    const bool clip = o->n_args > 1;
    cz_error err;
    cJSON *doc = NULL;
    int rc;
    if (clip && !is_store(place))
        return say_usage("info", "%s: not a store: a MOV has no clips", place);
    if (clip)
        rc = describe_clip(&doc, place, o->arg[1], &err);
    else if (is_store(place))
        rc = describe_store(&doc, place, &err);
    else
        rc = describe_source(&doc, place, o->quiet, &err);
    if (rc == CZ_OK && o->json)
        rc = say_json(doc, &err);
    else if (rc == CZ_OK)
        rc = print_as_text(doc, o->verbose, stdout, &err);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
