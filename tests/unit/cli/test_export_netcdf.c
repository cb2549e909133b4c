/* cli/export/netcdf.c: an attribute that netCDF-C drops without an error ends the export. */
#include <criterion/criterion.h>
#include <netcdf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/export/export.h"
#include "tests/unit/support/store_fixture.h"

static const char *dropped; /* the attribute that is lost */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
int __real_nc_put_att_text(int id, int var, const char *name, size_t len, const char *text);
int __wrap_nc_put_att_text(int id, int var, const char *name, size_t len, const char *text);
int __wrap_nc_put_att_text(int id, int var, const char *name, size_t len, const char *text)
{
    return dropped && strcmp(name, dropped) == 0 ? NC_NOERR
                                                 : __real_nc_put_att_text(id, var, name, len, text);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

static int export_index(const char *folder, cz_error *err)
{
    char path[TEMP_PATH + 16];
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    const options o = {0};
    out_file to = OUT_FILE_NONE;
    (void)snprintf(path, sizeof path, "%s/out.nc", folder);
    cr_assert_eq(cz_open(&store, folder, NULL, err), CZ_OK, "%s", err->message);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, err), CZ_OK, "%s", err->message);
    cr_assert_eq(out_open(&to, path, true, err), CZ_OK, "%s", err->message);
    const export_job job = {.o = &o,
                            .store = store,
                            .clip = &clip,
                            .n_clips = 1,
                            .place = folder,
                            .is_store = true,
                            .path = "out.nc",
                            .to = &to};
    const int rc = export_netcdf(&job, err);
    out_close(&to, err);
    cz_clip_close(&clip);
    cz_close(&store);
    return rc;
}

Test(export_netcdf, lost_attributes_are_an_error)
{
    static const char *const names[] = {"long_name", "flag_meanings", "Conventions"};
    char folder[TEMP_PATH];
    store_fixture f;
    cz_error err = {0};
    store_fixture_make(&f);
    store_fixture_folder(folder, &f);
    cr_assert_eq(export_index(folder, &err), CZ_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        dropped = names[i];
        cr_assert_eq(export_index(folder, &err), CZ_NOMEM, "%s", names[i]);
        cr_assert_not_null(strstr(err.message, "out.nc: netCDF-C stored "), "%s", err.message);
    }
    temp_folder_remove(folder);
    store_fixture_free(&f);
}
