#include "tests/unit/support/temp_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void temp_folder(char path[TEMP_PATH])
{
    const char *below = getenv("TMPDIR");
    const int n = snprintf(path, TEMP_PATH, "%s/camzarr-test-XXXXXX", below ? below : "/tmp");
    if (n < 0 || n >= TEMP_PATH || !mkdtemp(path) || chmod(path, 0777) != 0) {
        perror("temp_folder");
        exit(EXIT_FAILURE);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void temp_folder_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
