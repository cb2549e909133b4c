/* Names and sockets: see shim.c. */
#include "tests/faults/shim.h"

#include <string.h>

int getaddrinfo(const char *host, const char *service, const struct addrinfo *want,
                struct addrinfo **ret)
{
    if (shim_next(LOOKUP) == FAIL)
        return shim_error();
    if (host && shim_host() && strcmp(host, shim_host()) == 0)
        host = "127.0.0.1";
    return REAL(getaddrinfo)(host, service, want, ret);
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    if (to->sa_family == AF_UNIX)
        return REAL(connect)(fd, to, len);
    CALL(CONNECT, -1, REAL(connect)(fd, to, len));
}

#define SOCKET_FUNCTION(name, kind, len, parameters, call)                                         \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        if (shim_kind_of(fd, kind, kind) == KINDS)                                                 \
            return call;                                                                           \
        MOVE(kind, len, call);                                                                     \
    }
SOCKET_FUNCTION(send, SEND, len, (int fd, const void *from, size_t len, int how),
                REAL(send)(fd, from, len, how))
SOCKET_FUNCTION(sendto, SEND, len,
                (int fd, const void *from, size_t len, int how, const struct sockaddr *to,
                 socklen_t to_len),
                REAL(sendto)(fd, from, len, how, to, to_len))
SOCKET_FUNCTION(recv, RECV, len, (int fd, void *to, size_t len, int how),
                REAL(recv)(fd, to, len, how))
SOCKET_FUNCTION(recvfrom, RECV, len,
                (int fd, void *to, size_t len, int how, struct sockaddr *from, socklen_t *from_len),
                REAL(recvfrom)(fd, to, len, how, from, from_len))

ssize_t sendmsg(int fd, const struct msghdr *message, int how)
{
    if (shim_kind_of(fd, SEND, SEND) == KINDS)
        return REAL(sendmsg)(fd, message, how);
    CALL(SEND, -1, REAL(sendmsg)(fd, message, how));
}

ssize_t recvmsg(int fd, struct msghdr *message, int how)
{
    if (shim_kind_of(fd, RECV, RECV) == KINDS)
        return REAL(recvmsg)(fd, message, how);
    CALL(RECV, -1, REAL(recvmsg)(fd, message, how));
}
