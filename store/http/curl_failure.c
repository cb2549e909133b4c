#include "store/http/curl_failure.h"

#include <stddef.h>

#define CA_HINT "CURL_CA_BUNDLE=FILE names a file of certificates to trust"
#define PROXY_HINT "http_proxy and https_proxy name the proxy, no_proxy hosts to reach without it"

static const curl_failure failures[] = {
    /* Transient. A resolver's EAI_AGAIN and EAI_NONAME are one code in libcurl. */
    {CURLE_COULDNT_RESOLVE_HOST, CZ_UNREACHABLE, "could not resolve host", NULL},
    {CURLE_COULDNT_RESOLVE_PROXY, CZ_UNREACHABLE, "could not resolve proxy", PROXY_HINT},
    {CURLE_COULDNT_CONNECT, CZ_UNREACHABLE, "could not connect", NULL},
    {CURLE_PROXY, CZ_UNREACHABLE, "proxy handshake failed", PROXY_HINT},
    {CURLE_OPERATION_TIMEDOUT, CZ_UNREACHABLE, "timed out", NULL},
    {CURLE_SSL_CONNECT_ERROR, CZ_UNREACHABLE, "TLS handshake failed", NULL},
    {CURLE_GOT_NOTHING, CZ_UNREACHABLE, "connection closed without a response", NULL},
    {CURLE_SEND_ERROR, CZ_UNREACHABLE, "connection broke while sending", NULL},
    {CURLE_RECV_ERROR, CZ_UNREACHABLE, "connection broke while receiving", NULL},
    {CURLE_PARTIAL_FILE, CZ_UNREACHABLE, "connection closed before the end of the body", NULL},
    {CURLE_WEIRD_SERVER_REPLY, CZ_UNREACHABLE, "response is not HTTP", NULL},

    /* TLS: who the server is, and files of this machine */
    {CURLE_PEER_FAILED_VERIFICATION, CZ_DENIED, "TLS certificate not trusted", CA_HINT},
    {CURLE_SSL_ISSUER_ERROR, CZ_DENIED, "TLS certificate's issuer not trusted", CA_HINT},
    {CURLE_SSL_INVALIDCERTSTATUS, CZ_DENIED, "TLS certificate revoked", NULL},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, CZ_DENIED, "TLS public key does not match", NULL},
    {CURLE_SSL_CERTPROBLEM, CZ_DENIED, "client certificate not usable", NULL},
    {CURLE_SSL_CACERT_BADFILE, CZ_DENIED, "certificate file not readable", CA_HINT},
    {CURLE_SSL_CRL_BADFILE, CZ_DENIED, "revocation list not readable", NULL},
    {CURLE_SSL_CIPHER, CZ_UNSUPPORTED, "no TLS cipher in common", NULL},
    {CURLE_SSL_ENGINE_NOTFOUND, CZ_UNSUPPORTED, "TLS engine not found", NULL},
    {CURLE_SSL_ENGINE_SETFAILED, CZ_UNSUPPORTED, "TLS engine not usable", NULL},
    {CURLE_SSL_ENGINE_INITFAILED, CZ_UNSUPPORTED, "TLS engine not usable", NULL},

    /* Addresses */
    {CURLE_URL_MALFORMAT, CZ_USAGE, "malformed address", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, CZ_UNSUPPORTED, "unsupported protocol", NULL},
    {CURLE_TOO_MANY_REDIRECTS, CZ_UNSUPPORTED, "too many redirects", NULL},
    {CURLE_LOGIN_DENIED, CZ_DENIED, "login denied", NULL},

    /* libcurl itself, and our use of it */
    {CURLE_OUT_OF_MEMORY, CZ_NOMEM, "out of memory", NULL},
    {CURLE_NOT_BUILT_IN, CZ_UNSUPPORTED, "libcurl was built without this", NULL},
    {CURLE_UNKNOWN_OPTION, CZ_UNSUPPORTED, "libcurl does not know an option", NULL},
    {CURLE_BAD_FUNCTION_ARGUMENT, CZ_IO, "libcurl refused an option", NULL},
    {CURLE_FAILED_INIT, CZ_IO, "libcurl could not be initialised", NULL},
    {CURLE_INTERFACE_FAILED, CZ_IO, "network interface not usable", NULL},
};

const curl_failure *curl_failure_of(CURLcode code)
{
    static const curl_failure other = {CURLE_OK, CZ_UNREACHABLE, "network failure", NULL};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].curl == code)
            return &failures[i];
    return &other;
}
