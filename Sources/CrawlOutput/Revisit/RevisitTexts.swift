internal import CrawlCore
internal import Glibc

/// Digests and target URIs of the records that a `RevisitTable` knows, in a ring in a file without a name: it takes disk, at
/// most `ringBytes`, no memory, and is gone with the process.
///
/// What was overwritten is told by what stands there: the whole digest, before the URI.
package final class RevisitTexts {
    /// For 262,144 URIs of 200 bytes on average; of longer ones, fewer are kept.
    package static let usualBytes: Int64 = 64 << 20

    /// Longer URIs are not kept.
    private static let longest = 8192
    private static let headBytes = 32 + 2

    private let descriptor: Int32
    private let ringBytes: Int64
    /// Bytes that were ever put, those between its end and its start with them.
    private var position: Int64 = 0
    private var record: [UInt8] = []

    /// `folder`: the spool's. Throws if no file can be made there.
    package init(in folder: String, ringBytes: Int64 = RevisitTexts.usualBytes) throws(SpoolFailure) {
        self.ringBytes = max(ringBytes, Int64(Self.longest + Self.headBytes))
        let path = folder + "/revisits"
        unlink(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw SpoolFailure(.io, path, errno: errno) }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Where it is; nil = it is not kept.
    func put(_ digest: RecordDigest, _ uri: [UInt8]) -> UInt64? {
        guard uri.count <= Self.longest else { return nil }
        record.removeAll(keepingCapacity: true)
        append(digest)
        record.append(UInt8(uri.count >> 8))
        record.append(UInt8(uri.count & 0xFF))
        record += uri
        // One record is never in two pieces.
        let left = ringBytes - position % ringBytes
        if left < Int64(record.count) { position += left }
        let place = position
        let code = record.withUnsafeBytes { FileCalls.system.writeAll(descriptor, $0, at: place % ringBytes) }
        guard code == 0 else { return nil }
        position += Int64(record.count)
        return UInt64(place)
    }

    /// nil if something else stands there now.
    func uri(at place: UInt64, of digest: RecordDigest) -> [UInt8]? {
        let place = Int64(clamping: place)
        guard position - place <= ringBytes else { return nil }
        record.removeAll(keepingCapacity: true)
        append(digest)
        let wanted = record
        return withUnsafeTemporaryAllocation(byteCount: Self.longest + Self.headBytes, alignment: 1) { bytes in
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(place % ringBytes))
            guard count >= Self.headBytes, bytes.starts(with: wanted) else { return nil }
            let length = Int(bytes[32]) << 8 | Int(bytes[33])
            guard Self.headBytes + length <= count else { return nil }
            return Array(bytes[Self.headBytes..<(Self.headBytes + length)])
        }
    }

    private func append(_ digest: RecordDigest) {
        let words = digest.value.words
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                record.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }
}
