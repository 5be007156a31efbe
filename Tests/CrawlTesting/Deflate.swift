internal import CZlib

/// Streams of DEFLATE, as zlib makes them.
package enum Deflate {
    /// The raw values are zlib's `windowBits`.
    package enum Frame: Int32, CaseIterable, Sendable {
        case gzip = 31
        case zlib = 15
        case bare = -15
    }

    /// `level` as zlib counts: 0 = stored, 9 = smallest.
    package static func compress(_ bytes: [UInt8], _ frame: Frame, level: Int32 = 6) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        precondition(
            deflateInit2_(&stream, level, Z_DEFLATED, frame.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
                == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let left = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
                return Int(stream.avail_out)
            }
        }
        output.removeLast(left)
        return output
    }
}

/// What `gzip` makes of bytes.
package enum Gzip {
    package static func compress(_ bytes: [UInt8]) -> [UInt8] { Deflate.compress(bytes, .gzip) }
}
