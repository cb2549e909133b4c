/* Reserved members of option structs must be 0, which is checked first. */
#include <camzarr.h>
#include <criterion/criterion.h>
#include <string.h>

#define NOWHERE "/there/is/nothing/here"

static void check(int rc, const cz_error *err, const char *type)
{
    cr_assert_eq(rc, CZ_UNSUPPORTED, "%s: %d %s", type, rc, err->message);
    cr_assert(strstr(err->message, type) && strstr(err->message, CZ_VERSION), "%s", err->message);
    cr_assert(strstr(err->hint, "zero-initialise"));
}

Test(reserved, options)
{
    cz_error err = {0};
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    const cz_options options = {.reserved = {[7] = 1}};
    check(cz_open(&store, NOWHERE, &options, &err), &err, "cz_options");
    check(cz_movie_open(&clip, NOWHERE, &options, &err), &err, "cz_options");
}

Test(reserved, network)
{
    cz_error err = {0};
    cz_store *store = NULL;
    const cz_options options = {.network = {.reserved = {1}}};
    check(cz_open(&store, NOWHERE, &options, &err), &err, "cz_network");
}

Test(reserved, view)
{
    cz_error err = {0};
    cz_decoder *decoder = NULL;
    cz_shape shape;
    const cz_view view = {.reserved = {[3] = UINT64_MAX}};
    cr_assert_eq(cz_decoder_new(&decoder, &err), CZ_OK);
    check(cz_decode(&shape, decoder, "", 0, &view, CZ_MATRIX_FRAME, NULL, 0, &err), &err,
          "cz_view");
    cz_decoder_free(&decoder);
}

Test(reserved, verify)
{
    cz_error err = {0};
    uint64_t differences;
    const cz_verify_job job = {.reserved = {1}};
    check(cz_verify(&differences, NULL, "clip", &job, &err), &err, "cz_verify_job");
}

Test(reserved, convert)
{
    cz_error err = {0};
    cz_report report;
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = job.store = NOWHERE;
    job.network.reserved[0] = 1;
    check(cz_convert(&job, &report, &err), &err, "cz_network");
    cz_report_free(&report);
    job.reserved[12] = 1;
    check(cz_convert(&job, &report, &err), &err, "cz_convert_job");
    cz_report_free(&report);
}
