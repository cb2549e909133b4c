#include "cli/attributes_file.h"

#include <errno.h>
#include <stdio.h>

#include "format/owner_attributes.h"

static int read_file(buf *out, const char *path, cz_error *err)
{
    int rc = CZ_OK;
    FILE *file = fopen(path, "re");
    uint8_t *to = file ? buf_grow(out, OWNER_BYTES_MAX + 1) : NULL;
    if (!file)
        return cz_fail_errno(err, errno, "%s", path);
    if (to) {
        errno = 0;
        out->len -= OWNER_BYTES_MAX + 1 - fread(to, 1, OWNER_BYTES_MAX + 1, file);
        if (ferror(file))
            rc = cz_fail_errno(err, errno, "%s", path);
    } else {
        rc = cz_fail_memory(err, "%s", path);
    }
    (void)fclose(file);
    return rc;
}

int attributes_file_read(buf *out, const char *path, cz_error *err)
{
    owner_attributes parsed = {0};
    int rc = read_file(out, path, err);
    if (rc == CZ_OK)
        rc = owner_attributes_parse(&parsed, out->at, out->len, path, err);
    if (rc == CZ_OK && !buf_text(out))
        rc = cz_fail_memory(err, "%s", path);
    owner_attributes_free(&parsed);
    return rc;
}
