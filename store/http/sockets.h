/* The sockets of an engine's connections, to query how many bytes of a running upload have not been
 * acknowledged; libcurl does not report that. Not thread-safe: used by the thread that drives the
 * engine. */
#ifndef CZ_STORE_HTTP_SOCKETS_H
#define CZ_STORE_HTTP_SOCKETS_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { SOCKETS_MAX = 512 }; /* further sockets are not recorded: sockets_find() misses them */

typedef struct sockets {
    curl_socket_t fd[SOCKETS_MAX];
    size_t n;
} sockets;

/* A CURLOPT_CLOSESOCKETFUNCTION; user is the sockets. */
int sockets_close(void *user, curl_socket_t fd);
curl_socket_t sockets_open(sockets *s, const struct curl_sockaddr *at);
/* The connection from local port own_port to ip and port, or CURL_SOCKET_BAD. */
curl_socket_t sockets_find(const sockets *s, const char *ip, int port, int own_port);
/* Bytes sent over fd that the peer has not acknowledged; 0 if that is unknown. */
size_t sockets_unacknowledged(const sockets *s, curl_socket_t fd);

/* Split a struct sockaddr into IP address (text) and port; false for other address families. */
bool socket_address(char ip[INET6_ADDRSTRLEN], int *ret_port, const void *address, size_t len);

#endif
