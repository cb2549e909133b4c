/* The sockets of an engine's connections: to ask the system how much of what was sent is still
 * under way, which libcurl doesn't tell of a transfer that isn't over. Belongs to who drives the
 * engine. */
#ifndef CZ_STORE_HTTP_SOCKETS_H
#define CZ_STORE_HTTP_SOCKETS_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { SOCKETS_MAX = 512 }; /* what is open beyond isn't found, and that is all */

typedef struct sockets {
    curl_socket_t fd[SOCKETS_MAX];
    size_t n;
} sockets;

/* As CURLOPT_CLOSESOCKETFUNCTION: user is the sockets. */
int sockets_close(void *user, curl_socket_t fd);
curl_socket_t sockets_open(sockets *s, const struct curl_sockaddr *at);
/* The connection from this port of ours to ip and port; CURL_SOCKET_BAD: there is none. */
curl_socket_t sockets_find(const sockets *s, const char *ip, int port, int own_port);
/* Bytes sent over fd that the other end has not acknowledged; 0 where that isn't known. */
size_t sockets_unacknowledged(const sockets *s, curl_socket_t fd);

/* IP address as text and port; false for other families. */
bool socket_address(char ip[INET6_ADDRSTRLEN], int *ret_port, const void *address, size_t len);

#endif
