#define _GNU_SOURCE
#include "CConnect.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint16_t failing_port;
static int32_t failing_number;

void cconnect_fail(uint16_t port, int32_t number) {
    __atomic_store_n(&failing_number, number, __ATOMIC_RELEASE);
    __atomic_store_n(&failing_port, port, __ATOMIC_RELEASE);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    uint16_t port = __atomic_load_n(&failing_port, __ATOMIC_ACQUIRE);
    if (port != 0 && length >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET &&
        ntohs(((const struct sockaddr_in *)address)->sin_port) == port) {
        errno = __atomic_load_n(&failing_number, __ATOMIC_ACQUIRE);
        return -1;
    }
    return (int)syscall(SYS_connect, socket, address, length);
}
