#pragma once

/// Linking this makes jemalloc the program's allocator, set as `malloc_conf` says (jemalloc(3), TUNING).
///
/// An answer is allocated by the thread that fetches it and freed by the one that judges it. glibc takes the lock of the
/// arena that it came from for that: with two arenas threads wait for each other, with more of them what a large enqueue
/// needed stays. Here what is freed elsewhere waits in the freeing thread, and goes back to the
/// kernel soon, by a thread of its own: without one it would stay as long as nothing is allocated.
extern const char *malloc_conf;
