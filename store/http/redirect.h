/* Which redirects are followed: only to http and https, never from https to http, and never from a
 * public address to a loopback, private or link-local one. Otherwise a server could make this
 * machine send requests to services which that server cannot reach itself: the cloud's metadata
 * service, devices of a local network.
 *
 * The address that a connection goes to decides, so that a host name which resolves to such an
 * address is refused too. Behind a proxy that address is unknown: there the host of the URL
 * decides, if it is an IP address. Internal to the transport. */
#ifndef CZ_STORE_HTTP_REDIRECT_H
#define CZ_STORE_HTTP_REDIRECT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "store/http/sockets.h"

typedef enum net_scope {
    NET_PUBLIC,
    NET_LOOPBACK,   /* 127/8, ::1; 0/8 and ::, which connect to loopback */
    NET_PRIVATE,    /* RFC 1918, 100.64/10, 192.0.0/24, 198.18/15, fc00::/7, fec0::/10 */
    NET_LINK_LOCAL, /* 169.254/16, fe80::/10 */
} net_scope;

/* The scope of an IP address in text form; IPv4 embedded in IPv6 (mapped, NAT64, 6to4) counts as
 * IPv4. Host names are public, except "localhost" and names below it. */
net_scope net_scope_of(const char *host);
const char *net_scope_name(net_scope s);

/* The connections of one attempt: the first, and those of redirects. */
typedef struct redirects {
    CURL *easy;
    sockets *sockets;
    curl_socket_t socket; /* of the last request; CURL_SOCKET_BAD: unknown */
    bool allow_private;
    bool tls;       /* the first URL is https */
    bool refused;   /* the connection to `to` was refused */
    net_scope from; /* of the previous connection */
    net_scope to;
} redirects;

/* Set up e to follow redirects of url by these rules. s must outlive the connections; set
 * r->allow_private before. */
CURLcode redirect_set(redirects *r, CURL *e, sockets *s, const char *url, bool follow);

/* The reason, if an attempt that ended with this code and the last response's status and Location
 * ended because a redirect was refused; the caller frees it. NULL: another reason, or out of
 * memory. */
char *redirect_refusal(const redirects *r, CURLcode code, int status, const char *to);

#endif
