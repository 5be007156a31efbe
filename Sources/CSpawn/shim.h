#pragma once
#include <spawn.h>

// glibc declares these only under _GNU_SOURCE, which Swift's Glibc module does not set.
extern int pipe2(int descriptors[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int memfd_create(const char *name, unsigned int flags);
extern int unshare(int flags);
extern int setns(int descriptor, int kind);
