internal import CZlib

/// zlib's `inflate` over one stream of a known frame. Whatever the bytes are, a call reads and writes only what it was
/// given, and takes time in proportion to that.
final class Inflater {
    /// What stands around the DEFLATE data (RFC 1951); the raw values are zlib's `windowBits`.
    enum Frame: Int32 {
        /// RFC 1952.
        case gzip = 31
        /// RFC 1950.
        case zlib = 15
        /// The data alone.
        case bare = -15
    }

    struct Progress {
        var consumed = 0
        var produced = 0
        var state = State.open
    }

    enum State {
        case open
        /// The end that the stream itself announces, its checksum right.
        case ended
        case damaged
    }

    /// zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// nil if there is no memory.
    init?(_ frame: Frame) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard crawld_inflate_init(stream, frame.rawValue) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// For another stream of the same frame.
    func reset() { inflateReset(stream) }

    /// With input or without: some of what was read before may still have to come out.
    func run(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Progress {
        let given = UInt32(clamping: input.count)
        let room = UInt32(clamping: output.count)
        // zlib only reads it; its declaration says so in a build of its own alone.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = given
        stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.avail_out = room
        let code = inflate(stream, Z_NO_FLUSH)
        var progress = Progress()
        progress.consumed = Int(given - stream.pointee.avail_in)
        progress.produced = Int(room - stream.pointee.avail_out)
        switch code {
        case Z_STREAM_END: progress.state = .ended
        // The second: neither input nor room was left to go on with.
        case Z_OK, Z_BUF_ERROR: progress.state = .open
        // A dictionary is wanted too (RFC 1950 §2.2): nobody has agreed on one.
        default: progress.state = .damaged
        }
        return progress
    }
}
