internal import CZlib

/// One gzip member from bytes that come piece by piece, by zlib: for bodies that lie in a file and are never in memory as a
/// whole, which libdeflate would need.
final class GzipStream {
    /// zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let room: UnsafeMutableRawBufferPointer

    /// nil if there is no memory. Levels above zlib's 9 are 9.
    init?(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        room = .allocate(byteCount: 64 << 10, alignment: 16)
        // 31: a window of 32 KiB and gzip's frame; 8: zlib's own choice of memory.
        let code = deflateInit2_(
            stream, Int32(min(max(level, 1), 9)), Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            stream.deallocate()
            room.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    /// `take` gets what comes out. `isLast`: the member ends behind these bytes.
    func feed<Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool = false,
        _ take: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = bytes
        repeat {
            // zlib counts in 32 bits.
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: piece.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(piece.count)
            let flush = isLast && rest.isEmpty ? Z_FINISH : Z_NO_FLUSH
            repeat {
                stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                deflate(stream, flush)
                let made = room.count - Int(stream.pointee.avail_out)
                if made > 0 { try take(UnsafeRawBufferPointer(rebasing: room[..<made])) }
            } while stream.pointee.avail_out == 0
        } while !rest.isEmpty
    }
}
