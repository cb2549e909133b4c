/* Which web pages may read what is served. Pure.
 *
 * A server on this machine is reachable for every page that a browser on it shows. So pages of
 * other hosts are not allowed to read its answers, unless an option says so; and a name that
 * another host's DNS maps to 127.0.0.1 (DNS rebinding) is refused by the Host header. */
#ifndef CZ_CLI_SERVE_ORIGIN_H
#define CZ_CLI_SERVE_ORIGIN_H

#include <stdbool.h>

/* The Host header is localhost, a name below it, or an address of loopback; with any port. */
bool host_is_loopback(const char *host);
/* May pages of this origin ("https://host:port") read? allowed: an origin, "*", or NULL for those
 * of this machine. */
bool origin_is_allowed(const char *origin, const char *allowed);

#endif
