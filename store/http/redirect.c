#include "store/http/redirect.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/text/shown_url.h"

enum { REDIRECTS_MAX = 5, HOST_MAX = 256 };

/* ---- Scopes of addresses --------------------------------------------------------------------- */

static net_scope scope_of_v4(const uint8_t a[4])
{
    if (a[0] == 127 || a[0] == 0)
        return NET_LOOPBACK;
    if (a[0] == 169 && a[1] == 254)
        return NET_LINK_LOCAL;
    if (a[0] == 10 || (a[0] == 172 && a[1] / 16 == 1) || (a[0] == 192 && a[1] == 168) ||
        (a[0] == 100 && a[1] / 64 == 1) || (a[0] == 192 && a[1] == 0 && a[2] == 0) ||
        (a[0] == 198 && a[1] / 2 == 9))
        return NET_PRIVATE;
    return NET_PUBLIC;
}

/* The IPv4 address embedded in an IPv6 address, or NULL. */
static const uint8_t *v4_inside(const uint8_t a[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(a, mapped, sizeof mapped) == 0 || memcmp(a, nat64, sizeof nat64) == 0)
        return a + 12;
    return a[0] == 0x20 && a[1] == 0x02 ? a + 2 : NULL; /* 6to4 */
}

static net_scope scope_of_v6(const uint8_t a[16])
{
    static const uint8_t zero[15] = {0};
    const uint8_t *v4 = v4_inside(a);
    if (v4)
        return scope_of_v4(v4);
    if (memcmp(a, zero, sizeof zero) == 0 && a[15] <= 1)
        return NET_LOOPBACK;
    if (a[0] == 0xfe && a[1] / 64 == 2)
        return NET_LINK_LOCAL;
    return a[0] / 2 == 0x7e || (a[0] == 0xfe && a[1] / 64 == 3) ? NET_PRIVATE : NET_PUBLIC;
}

static bool is_localhost(const char *host)
{
    static const char name[] = "localhost";
    size_t n = strlen(host);
    n -= n > 0 && host[n - 1] == '.';
    const size_t own = sizeof name - 1;
    return n >= own && strncasecmp(host + n - own, name, own) == 0 &&
           (n == own || host[n - own - 1] == '.');
}

net_scope net_scope_of(const char *host)
{
    char text[HOST_MAX];
    uint8_t a[16];
    const char *from = host + (*host == '[');
    const size_t n = strcspn(from, "]%"); /* ignore a zone such as %eth0 */
    if (n >= sizeof text)
        return NET_PUBLIC;
    memcpy(text, from, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, a) == 1)
        return scope_of_v4(a);
    if (inet_pton(AF_INET6, text, a) == 1)
        return scope_of_v6(a);
    return is_localhost(text) ? NET_LOOPBACK : NET_PUBLIC;
}

const char *net_scope_name(net_scope s)
{
    static const char *const names[] = {
        [NET_PUBLIC] = "public",
        [NET_LOOPBACK] = "loopback",
        [NET_PRIVATE] = "private",
        [NET_LINK_LOCAL] = "link-local",
    };
    return names[s];
}

/* ---- Connections ----------------------------------------------------------------------------- */

static bool is_redirected(const redirects *r)
{
    long n = 0;
    return curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_COUNT, &n) == CURLE_OK && n > 0;
}

/* Host and port of the URL being requested. */
static bool read_target(const redirects *r, char host[HOST_MAX], int *ret_port)
{
    const char *url = NULL;
    char *name = NULL, *port = NULL;
    CURLU *u = curl_url();
    const bool good = u && curl_easy_getinfo(r->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK &&
                      url && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                      curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
                      curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                      strlen(name) < HOST_MAX;
    if (good) {
        memcpy(host, name, strlen(name) + 1);
        *ret_port = (int)strtol(port, NULL, 10);
    }
    curl_free(name);
    curl_free(port);
    curl_url_cleanup(u);
    return good;
}

/* The scope of the host behind a connection to ip and port. If the port differs from the URL's, the
 * connection is to a proxy. */
static net_scope scope_behind(const redirects *r, const char *ip, int port)
{
    char host[HOST_MAX];
    int wanted = 0;
    const net_scope direct = net_scope_of(ip);
    if (direct == NET_PUBLIC || !read_target(r, host, &wanted))
        return direct;
    return wanted == port ? direct : net_scope_of(host);
}

/* A redirect within one scope is permitted: it reaches nothing new. */
static bool may_lead(redirects *r, net_scope to)
{
    if (r->allow_private || to == NET_PUBLIC || to == r->from)
        return true;
    r->refused = true;
    r->to = to;
    return false;
}

/* CURLOPT_OPENSOCKETFUNCTION: called before a connection is made. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *at)
{
    redirects *r = user;
    char ip[INET6_ADDRSTRLEN];
    int port = 0;
    (void)purpose;
    if (socket_address(ip, &port, &at->addr, at->addrlen) && is_redirected(r) &&
        !may_lead(r, scope_behind(r, ip, port)))
        return CURL_SOCKET_BAD;
    return sockets_open(r->sockets, at);
}

/* CURLOPT_PREREQFUNCTION: called before a request is sent, also over a reused connection. */
static int on_request(void *user, char *ip, char *own_ip, int port, int own_port)
{
    redirects *r = user;
    const net_scope to = scope_behind(r, ip, port);
    (void)own_ip;
    r->socket = sockets_find(r->sockets, ip, port, own_port);
    if (is_redirected(r) && !may_lead(r, to))
        return CURL_PREREQFUNC_ABORT;
    r->refused = false; /* set for another address of the same host */
    r->from = to;
    return CURL_PREREQFUNC_OK;
}

CURLcode redirect_set(redirects *r, CURL *e, sockets *s, const char *url, bool follow)
{
    CURLcode rc = CURLE_OK;
    r->sockets = s;
    r->socket = CURL_SOCKET_BAD;
    r->easy = e;
    r->tls = strncasecmp(url, "https:", 6) == 0;
    const char *after = r->tls ? "https" : "http,https";
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, option, value)
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, after);
    SET(CURLOPT_FOLLOWLOCATION, follow ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, r);
    SET(CURLOPT_CLOSESOCKETFUNCTION, sockets_close);
    SET(CURLOPT_CLOSESOCKETDATA, r->sockets);
    SET(CURLOPT_PREREQFUNCTION, on_request);
    SET(CURLOPT_PREREQDATA, r);
#undef SET
    return rc;
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* NULL: no redirect was refused. */
static const char *reason_of(const redirects *r, CURLcode code, int status, const char *to)
{
    if (r->refused)
        return "";
    if (status / 100 != 3)
        return NULL;
    if (code == CURLE_URL_MALFORMAT)
        return "to a malformed address";
    if (code != CURLE_UNSUPPORTED_PROTOCOL)
        return NULL;
    return r->tls && strncasecmp(to, "http:", 5) == 0 ? "from https to http"
                                                      : "to another protocol than http or https";
}

char *redirect_refusal(const redirects *r, CURLcode code, int status, const char *to)
{
    char *text = NULL;
    const char *why = is_redirected(r) ? reason_of(r, code, status, to) : NULL;
    char *shown = why ? shown_url(to) : NULL;
    int n = -1;
    if (shown && r->refused)
        n = asprintf(&text, "redirect from a %s to a %s address refused (%s)",
                     net_scope_name(r->from), net_scope_name(r->to), shown);
    else if (shown)
        n = asprintf(&text, "redirect %s refused (%s)", why, shown);
    free(shown);
    return n < 0 ? NULL : text;
}
