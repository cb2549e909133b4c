/* Where a redirect may lead: http and https only, never from https to http, and from a public
 * address to no loopback, private or link-local one, which the server that redirects may not be
 * able to reach itself: metadata services of machines, devices of a local network.
 *
 * Decided by the address that a connection goes to, so that a name which resolves to such an
 * address is refused too. Behind a proxy that address isn't known: there it is decided by the host
 * of the URL, where that is an address. Inside of the transport. */
#ifndef CZ_STORE_HTTP_REDIRECT_H
#define CZ_STORE_HTTP_REDIRECT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "store/http/sockets.h"

typedef enum net_scope {
    NET_PUBLIC,
    NET_LOOPBACK,   /* 127/8, ::1, and 0/8 and ::, which connect to it */
    NET_PRIVATE,    /* RFC 1918, 100.64/10, 192.0.0/24, 198.18/15, fc00::/7, fec0::/10 */
    NET_LINK_LOCAL, /* 169.254/16, fe80::/10 */
} net_scope;

/* The scope of an IP address in text; IPv4 inside of IPv6 (mapped, NAT64, 6to4) counts as IPv4.
 * What isn't an address is public, but for "localhost". */
net_scope net_scope_of(const char *host);
const char *net_scope_name(net_scope s);

/* The connections of one attempt, the first and those that redirects lead to. */
typedef struct redirects {
    CURL *easy;
    sockets *sockets;
    curl_socket_t socket; /* of the last request; CURL_SOCKET_BAD: not known */
    bool allow_private;
    bool tls;       /* the first address is https */
    bool refused;   /* a connection to `to` was */
    net_scope from; /* of the connection before */
    net_scope to;
} redirects;

/* Set up e to follow redirects of url by these rules. s has to live as long as the connections, and
 * allow_private to be set before. */
CURLcode redirect_set(redirects *r, CURL *e, sockets *s, const char *url, bool follow);

/* Did the attempt end, with this code and the last response's status and Location, because a
 * redirect was refused? Then why, in words: the caller frees it. NULL: it didn't, or out of
 * memory. */
char *redirect_refusal(const redirects *r, CURLcode code, int status, const char *to);

#endif
