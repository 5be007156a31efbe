#pragma once

// c-ares, epoll (not in Swift's Glibc module), and the sockets of a channel: what c-ares asks the kernel for goes through
// here, so that its errno is known afterwards. c-ares itself says only "connection refused". Nothing here decides anything.

#include <ares.h>
#include <errno.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/// Of one channel. `error`: the last errno with which our own machine had no socket, or no way to the server; 0 = none.
typedef struct {
    int receive_buffer;
    int error;
} ccares_sockets;

static inline ares_socket_t ccares_open(int family, int type, int number, void *data) {
    ccares_sockets *sockets = (ccares_sockets *)data;
    int made = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, number);
    if (made < 0) {
        sockets->error = errno;
    } else if (type == SOCK_DGRAM && sockets->receive_buffer > 0) {
        setsockopt(made, SOL_SOCKET, SO_RCVBUF, &sockets->receive_buffer, sizeof sockets->receive_buffer);
    }
    return made;
}

static inline int ccares_close(ares_socket_t made, void *data) {
    (void)data;
    return close(made);
}

static inline int ccares_connect(ares_socket_t made, const struct sockaddr *to, ares_socklen_t length, void *data) {
    int result = connect(made, to, length);
    if (result < 0 && errno != EINPROGRESS && errno != ECONNREFUSED) ((ccares_sockets *)data)->error = errno;
    return result;
}

/// A datagram that is not marked as a response (RFC 1035 §4.1.1), or too short to be marked, is passed over: c-ares would
/// take a question that comes back for an answer.
static inline ares_ssize_t ccares_receive(
    ares_socket_t made, void *buffer, size_t size, int flags, struct sockaddr *from, ares_socklen_t *length, void *data) {
    (void)data;
    socklen_t room = length ? *length : 0;
    for (;;) {
        if (length) *length = room;
        ssize_t count = recvfrom(made, buffer, size, flags, from, length);
        // c-ares reads from connections without an address.
        if (count <= 0 || from == NULL) return count;
        if (count >= 12 && (((const uint8_t *)buffer)[2] & 0x80)) return count;
    }
}

static inline ares_ssize_t ccares_send(ares_socket_t made, const struct iovec *parts, int count, void *data) {
    struct msghdr message = {0};
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = (size_t)count;
    ssize_t result = sendmsg(made, &message, MSG_NOSIGNAL);
    // That was said of a datagram before this one, and c-ares would take it for this one alone. Sent again, it is said once
    // more when the socket is read, and then of all.
    if (result < 0 && errno == ECONNREFUSED) result = sendmsg(made, &message, MSG_NOSIGNAL);
    if (result < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNREFUSED && errno != EPIPE
        && errno != ECONNRESET)
        ((ccares_sockets *)data)->error = errno;
    return result;
}

/// `data` has to outlive the channel.
static inline void ccares_use_sockets(ares_channel channel, ccares_sockets *data) {
    static const struct ares_socket_functions functions = {
        ccares_open, ccares_close, ccares_connect, ccares_receive, ccares_send};
    ares_set_socket_functions(channel, &functions, data);
}
