#pragma once

// What Linux tells of a TCP connection and glibc's headers do not: struct tcp_info of linux/tcp.h has fields that the one of
// netinet/tcp.h lacks, and no module may have both.

#include <stdbool.h>
#include <stdint.h>

// Bytes of its stream that a connection's reader has taken out of the kernel since it was opened: what came in (TCP_INFO)
// less what still waits (FIONREAD). Some may come in while this looks, so that it is known between two bounds only. False
// if the kernel will not tell.
bool ctcp_bytes_taken(int socket, int64_t *least, int64_t *most);

// Segments that were sent on a socket since it was made, SYN and all; -1 = the kernel will not tell.
int64_t ctcp_packets_sent(int socket);

// The port on this side; 0 = none.
uint16_t ctcp_local_port(int socket);

// A number that no other socket of this machine has or will have (SO_COOKIE); 0 = the descriptor is no socket, or the
// kernel will not tell.
uint64_t ctcp_cookie(int socket);
