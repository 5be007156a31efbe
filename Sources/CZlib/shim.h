#pragma once
#include <zlib.h>

// inflateInit2 is a macro. 16 + 15: a gzip header and trailer, the largest window (zlib.h).
static inline int crawld_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 16 + 15); }
