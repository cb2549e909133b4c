#include "store/http/sockets.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

bool socket_address(char ip[INET6_ADDRSTRLEN], int *ret_port, const void *address, size_t len)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&at, address, len < sizeof at ? len : sizeof at);
    memcpy(&v4, &at, sizeof v4);
    memcpy(&v6, &at, sizeof v6);
    *ret_port = ntohs(at.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
    if (at.ss_family == AF_INET)
        return inet_ntop(AF_INET, &v4.sin_addr, ip, INET6_ADDRSTRLEN) != NULL;
    return at.ss_family == AF_INET6 &&
           inet_ntop(AF_INET6, &v6.sin6_addr, ip, INET6_ADDRSTRLEN) != NULL;
}

static size_t index_of(const sockets *s, curl_socket_t fd)
{
    size_t i = 0;
    while (i < s->n && s->fd[i] != fd)
        i++;
    return i;
}

curl_socket_t sockets_open(sockets *s, const struct curl_sockaddr *at)
{
    const curl_socket_t fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
    if (fd != CURL_SOCKET_BAD && s->n < SOCKETS_MAX)
        s->fd[s->n++] = fd;
    return fd;
}

int sockets_close(void *user, curl_socket_t fd)
{
    sockets *s = user;
    const size_t i = index_of(s, fd);
    if (i < s->n)
        s->fd[i] = s->fd[--s->n];
    return close(fd);
}

static bool leads_to(curl_socket_t fd, const char *ip, int port, int own_port)
{
    struct sockaddr_storage at;
    char text[INET6_ADDRSTRLEN];
    socklen_t n = sizeof at;
    int is = 0;
    if (getsockname(fd, (struct sockaddr *)&at, &n) < 0 || !socket_address(text, &is, &at, n) ||
        is != own_port)
        return false;
    n = sizeof at;
    return getpeername(fd, (struct sockaddr *)&at, &n) == 0 && socket_address(text, &is, &at, n) &&
           is == port && strcmp(text, ip) == 0;
}

curl_socket_t sockets_find(const sockets *s, const char *ip, int port, int own_port)
{
    for (size_t i = 0; i < s->n; i++)
        if (leads_to(s->fd[i], ip, port, own_port))
            return s->fd[i];
    return CURL_SOCKET_BAD;
}

size_t sockets_unacknowledged(const sockets *s, curl_socket_t fd)
{
    int queued = 0;
#ifdef SIOCOUTQ
    if (index_of(s, fd) == s->n || ioctl(fd, SIOCOUTQ, &queued) < 0)
        queued = 0;
#else
    (void)s;
    (void)fd;
#endif
    return queued > 0 ? (size_t)queued : 0;
}
