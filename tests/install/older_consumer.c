/* A program that was compiled with the header of 0.1.0 (tests/install/older) and runs with the
 * library of today: what it knows of stays where it was, and what it leaves 0 keeps its meaning.
 * Its arguments are a MOV and a store to convert it into. */
#include <camzarr.h>

#include <stdio.h>
#include <string.h>

static int failed(const char *what, const cz_error *err)
{
    printf("%s: %s\n", what, err->message);
    return 1;
}

int main(int argc, char **argv)
{
    cz_error err = {0};
    cz_convert_job job;
    cz_report report;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    cz_shape shape;
    cz_options options = {.network = {.connections = 2}};
    cz_view view = {.layout = CZ_RGB24, .scale = 2};
    cz_request want[2] = {{.frame = 1}, {.frame = 0}};
    uint64_t differences = 1;
    if (argc != 3)
        return 2;

    cz_convert_defaults(&job);
    job.source = argv[1];
    job.store = argv[2];
    job.name = "older";
    if (cz_convert(&job, &report, &err) < 0)
        return failed("convert", &err);
    printf("%s %s, %llu frames, %zu warnings\n", report.status, report.clip,
           (unsigned long long)report.frames, report.n_warnings);
    cz_report_free(&report);

    if (cz_open(&store, argv[2], &options, &err) < 0 ||
        cz_clip_open(&clip, store, "older", &err) < 0)
        return failed("open", &err);
    if (cz_shape_of(&shape, clip, &view, &err) < 0 ||
        cz_pictures(clip, &view, want, 2, NULL, NULL, &err) < 0)
        return failed("pictures", &err);
    for (int i = 0; i < 2; i++)
        printf("frame %d: %zu of %zu bytes, %d\n", i, want[i].size, shape.bytes, want[i].rc);
    if (want[0].size != shape.bytes || want[1].size != shape.bytes)
        return 1;
    cz_request_free(want, 2);
    const cz_verify_job check = {.decode = true};
    if (cz_verify(&differences, store, "older", &check, &err) < 0 || differences > 0)
        return failed("verify", &err);

    /* An option of tomorrow isn't ignored. */
    view.reserved[7] = 1;
    if (cz_shape_of(&shape, clip, &view, &err) != CZ_UNSUPPORTED)
        return failed("reserved", &err);
    cz_clip_close(&clip);
    cz_close(&store);
    return 0;
}
