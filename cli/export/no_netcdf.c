/* Replaces netcdf.c if the command is built without netCDF-C (CZ_NETCDF=OFF). */
#include "cli/export/export.h"

int export_netcdf(const export_job *j, cz_error *err)
{
    cz_fail(err, CZ_UNSUPPORTED, "%s: this camzarr was built without netCDF", j->path);
    cz_hint(err, "build it with libnetcdf; in Python, to_netcdf() of xarray writes such files");
    return CZ_UNSUPPORTED;
}
