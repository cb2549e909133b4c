/* cli/serve/openapi.json: UTF-8, without a NUL at the end. Its definition is written by the build.
 */
#ifndef CZ_CLI_SERVE_OPENAPI_H
#define CZ_CLI_SERVE_OPENAPI_H

#include <stddef.h>

extern const unsigned char serve_openapi[];
extern const size_t serve_openapi_size;

#endif
