/* A user's first program: the header, the library, and an error that comes back. */
#include <camzarr.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    cz_store *store = NULL;
    cz_error err;
    if (cz_open(&store, "/there/is/nothing/here", NULL, &err) != CZ_ABSENT || store ||
        !strstr(err.message, "/there/is/nothing/here")) {
        printf("cz_open of nothing: %d, %s\n", err.code, err.message);
        return 1;
    }
    printf("camzarr %s: %s\n", cz_version(), err.message);
    return 0;
}
