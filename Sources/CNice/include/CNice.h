#pragma once

/// Linking this puts `setpriority` before glibc's own: a thread that may not have the priority it asks for goes on without
/// a word.
///
/// Dispatch runs its manager's thread four steps above the others, in every program and whatever the program asks for. The
/// kernel allows that to root, or within RLIMIT_NICE; to anybody else Dispatch logs "Failed to set thread priority for worker
/// thread" at each start, where an operator would look for a fault. Its one switch, LIBDISPATCH_LOG=NO, would hide what it
/// says of real ones.
