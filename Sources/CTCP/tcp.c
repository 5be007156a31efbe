#include "CTCP.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool ctcp_bytes_taken(int socket, int64_t *least, int64_t *most) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    int before = 0, after = 0;
    if (ioctl(socket, FIONREAD, &before) != 0) return false;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return false;
    if (length < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return false;
    if (ioctl(socket, FIONREAD, &after) != 0) return false;
    int64_t received = (int64_t)info.tcpi_bytes_received;
    *least = received - after;
    *most = received - before;
    return true;
}

int64_t ctcp_packets_sent(int socket) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return -1;
    if (length < offsetof(struct tcp_info, tcpi_segs_out) + sizeof info.tcpi_segs_out) return -1;
    return info.tcpi_segs_out;
}

uint16_t ctcp_local_port(int socket) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

uint64_t ctcp_cookie(int socket) {
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    if (getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0 || length != sizeof cookie) return 0;
    return cookie;
}
