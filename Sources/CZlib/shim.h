#pragma once
#include <zlib.h>

// inflateInit2 is a macro. `windowBits` also says which frame the stream has: 16 + 15 gzip, 15 zlib, -15 none, each with
// the largest window (zlib.h).
static inline int crawld_inflate_init(z_stream *stream, int windowBits) { return inflateInit2(stream, windowBits); }
