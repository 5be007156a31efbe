internal import CZlib
internal import CrawlCore
internal import Glibc

/// Goes through a file record by record, with as much memory for any file: a gzip member is whole if it inflates to its own end, checksum
/// and all, and is one record; a plain record if its digest is right. No length in the file is followed to anywhere.
final class RecordWalk {
    private let file: Int32
    private let path: String
    private let isGzip: Bool
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    /// Of the record that was looked at last.
    private(set) var check = RecordCheck(comparesDigest: false)

    /// `file`: stays the caller's.
    init(_ file: Int32, path: String, isGzip: Bool) {
        self.file = file
        self.path = path
        self.isGzip = isGzip
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    /// Where the record that begins at `offset` ends; nil if there is no whole one.
    func end(ofRecordAt offset: Int64) throws(ArchiveFailure) -> Int64? {
        check = RecordCheck(comparesDigest: !isGzip)
        return isGzip ? try endOfMember(at: offset) : try endOfPlain(at: offset)
    }

    private func endOfPlain(at offset: Int64) throws(ArchiveFailure) -> Int64? {
        var place = offset
        while let piece = try read(at: place) {
            place += Int64(check.feed(piece))
            if check.isWhole { return place }
            if check.isBad { return nil }
        }
        return nil
    }

    private func endOfMember(at offset: Int64) throws(ArchiveFailure) -> Int64? {
        var stream = z_stream()
        // zlib keeps the stream's address, so it stays in one place while it lives.
        return try withUnsafeMutablePointer(to: &stream) { stream throws(ArchiveFailure) -> Int64? in
            guard crawld_inflate_init(stream, 31) == Z_OK else { throw .noMemory }
            defer { inflateEnd(stream) }
            var place = offset
            while let piece = try read(at: place) {
                place += Int64(piece.count)
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: piece.assumingMemoryBound(to: UInt8.self).baseAddress)
                stream.pointee.avail_in = UInt32(piece.count)
                switch inflatePiece(stream) {
                case .goesOn: continue
                case .ended: return check.isWhole ? place - Int64(stream.pointee.avail_in) : nil
                case .bad: return nil
                }
            }
            return nil
        }
    }

    private enum Step { case goesOn, ended, bad }

    private func inflatePiece(_ stream: UnsafeMutablePointer<z_stream>) -> Step {
        while true {
            stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { return .bad }
            let made = UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))])
            guard check.feed(made) == made.count, !check.isBad else { return .bad }
            if code == Z_STREAM_END { return .ended }
            if stream.pointee.avail_out > 0 { return .goesOn }
        }
    }

    /// nil at the file's end.
    private func read(at offset: Int64) throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        while true {
            let count = pread(file, input.baseAddress, input.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .call("read", path: path, errno: errno) }
            return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: input[..<count])
        }
    }
}
