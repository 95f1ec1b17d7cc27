#pragma once
#include <zlib.h>

/// `inflateInit2` is a macro, which Swift does not see. 31 asks for a gzip header and the largest window.
static inline int czlib_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 31); }

/// -15 asks for the largest window and no header, as inside a zip file.
static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -15); }
