internal import CDeflate

/// One gzip member from bytes that are all there, by libdeflate: it takes half of zlib's time, but all at once.
/// Not for more than one thread at a time.
final class GzipMember {
    private let compressor: OpaquePointer
    private var room: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

    /// What is kept for the next record; a large one's room is given back.
    private static let keptBytes = 1 << 20

    /// nil if there is no memory.
    init?(level: Int) {
        guard let compressor = libdeflate_alloc_compressor(Int32(min(max(level, 1), 12))) else { return nil }
        self.compressor = compressor
    }

    deinit {
        libdeflate_free_compressor(compressor)
        room.deallocate()
    }

    /// Appends the member.
    func compress(_ record: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        let bound = libdeflate_gzip_compress_bound(compressor, record.count)
        if room.count < bound {
            room.deallocate()
            room = .allocate(byteCount: max(bound, 64 << 10), alignment: 16)
        }
        let count = libdeflate_gzip_compress(compressor, record.baseAddress, record.count, room.baseAddress, room.count)
        // It cannot fail with as much room as it has asked for.
        precondition(count > 0)
        bytes += UnsafeRawBufferPointer(rebasing: room[..<count])
        if room.count > Self.keptBytes {
            room.deallocate()
            room = .init(start: nil, count: 0)
        }
    }
}
