#define _GNU_SOURCE
#include "CNice.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int setpriority(__priority_which_t which, id_t who, int priority) {
    int before = errno;
    if (syscall(SYS_setpriority, which, who, priority) == 0) return 0;
    if (errno != EACCES && errno != EPERM) return -1;
    errno = before;
    return 0;
}
