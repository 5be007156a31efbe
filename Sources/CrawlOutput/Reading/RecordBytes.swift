internal import CZlib
internal import CrawlCore

/// The bytes of one record, as they were before they were stored, piece by piece. Nothing beyond its place is read, and a gzip
/// member has to end exactly there.
final class RecordBytes {
    private let file: RecordFile
    private let offset: Int64
    private let end: Int64
    /// What is read next.
    private var next: Int64
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    /// zlib keeps its address; nil = the record is stored as it is.
    private let stream: UnsafeMutablePointer<z_stream>?
    private var isEnded = false
    /// The room for output was used up, so zlib may hold more.
    private var mayHoldMore = false

    init(_ file: RecordFile, _ place: ArchivePlace) throws(ReadFailure) {
        let (end, overflow) = place.offset.addingReportingOverflow(place.length)
        self.file = file
        offset = place.offset
        next = place.offset
        self.end = end
        var stream: UnsafeMutablePointer<z_stream>?
        if file.isGzip {
            let made = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            made.initialize(to: z_stream())
            if crawld_inflate_init(made, 31) == Z_OK { stream = made } else { made.deallocate() }
        }
        self.stream = stream
        // From here on there is a deinit.
        guard place.offset >= 0, place.length > 0, !overflow else {
            throw .noPlace("\(file.path), \(place.length) bytes at \(place.offset)")
        }
        guard !file.isGzip || stream != nil else { throw .noMemory }
    }

    deinit {
        if let stream {
            inflateEnd(stream)
            stream.deallocate()
        }
        input.deallocate()
        output.deallocate()
    }

    /// Begins anew.
    func rewind() {
        next = offset
        isEnded = false
        mayHoldMore = false
        guard let stream else { return }
        inflateReset(stream)
        stream.pointee.avail_in = 0
    }

    /// At least a byte, valid until the next call; nil = the place is used up, and a member has ended there.
    func read() throws(ReadFailure) -> UnsafeRawBufferPointer? {
        guard let stream else { return try fill() }
        while true {
            if isEnded {
                guard stream.pointee.avail_in == 0, next == end else { throw notWhole }
                return nil
            }
            if stream.pointee.avail_in == 0, !mayHoldMore {
                guard let piece = try fill() else { throw notWhole }
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: piece.assumingMemoryBound(to: UInt8.self).baseAddress)
                stream.pointee.avail_in = UInt32(piece.count)
            }
            stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            let made = output.count - Int(stream.pointee.avail_out)
            switch code {
            case Z_STREAM_END: isEnded = true
            case Z_OK: break
            // Neither input was left nor anything to come out.
            case Z_BUF_ERROR where made == 0 && stream.pointee.avail_in == 0: break
            default: throw notWhole
            }
            mayHoldMore = stream.pointee.avail_out == 0
            if made > 0 { return UnsafeRawBufferPointer(rebasing: output[..<made]) }
        }
    }

    /// As it is in the file; nil = the place is used up.
    private func fill() throws(ReadFailure) -> UnsafeRawBufferPointer? {
        let wanted = min(Int64(input.count), end - next)
        guard wanted > 0 else { return nil }
        let room = UnsafeMutableRawBufferPointer(rebasing: input[..<Int(wanted)])
        guard try file.read(into: room, at: next) == room.count else { throw notWhole }
        next += wanted
        return UnsafeRawBufferPointer(room)
    }

    private var notWhole: ReadFailure { .notWhole(path: file.path, offset: offset) }
}
