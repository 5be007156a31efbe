internal import Glibc
internal import Synchronization

/// One body, or one gzip member, in a file of the spool; gone when the value is. It holds no descriptor between two calls:
/// a thousand slow downloads hold theirs already.
///
/// One thread at a time appends, and nobody reads before the last has; then any may.
package final class SpoolFile: Sendable {
    package let path: String
    private let spool: Spool
    private let written = Atomic<Int64>(0)

    private static let pieceBytes = 64 << 10

    init(path: String, spool: Spool) {
        self.path = path
        self.spool = spool
    }

    deinit {
        let count = self.count
        guard count > 0 else { return }
        unlink(path)
        spool.giveBack(count)
    }

    /// Bytes.
    package var count: Int64 { written.load(ordering: .acquiring) }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(SpoolFailure) {
        guard !bytes.isEmpty else { return }
        let count = self.count
        guard spool.take(Int64(bytes.count)) else { throw SpoolFailure(.full, path) }
        do throws(SpoolFailure) {
            // The first to write makes it.
            let make = count == 0 ? O_CREAT | O_EXCL : 0
            let file = try opened(O_WRONLY | O_NOFOLLOW | O_CLOEXEC | make)
            defer { close(file) }
            let code = spool.calls.writeAll(file, bytes, at: count)
            guard code == 0 else {
                if count == 0 { unlink(path) }
                throw SpoolFailure(.io, path, errno: code)
            }
        } catch {
            spool.giveBack(Int64(bytes.count))
            throw error
        }
        written.store(count + Int64(bytes.count), ordering: .releasing)
    }

    /// All of it, from the start, in pieces that are only there while `take` runs.
    package func read(_ take: (UnsafeRawBufferPointer) throws(SpoolFailure) -> Void) throws(SpoolFailure) {
        let count = self.count
        guard count > 0 else { return }
        let file = try opened(O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        defer { close(file) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        var offset: Int64 = 0
        while offset < count {
            let wanted = Int(min(Int64(piece.count), count - offset))
            let got = pread(file, piece.baseAddress, wanted, off_t(offset))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SpoolFailure(.io, path, errno: errno) }
            guard got > 0 else { throw SpoolFailure(.changed, path) }
            try take(UnsafeRawBufferPointer(rebasing: piece[..<got]))
            offset += Int64(got)
        }
    }

    private func opened(_ flags: Int32) throws(SpoolFailure) -> Int32 {
        let file = open(path, flags, mode_t(0o600))
        guard file >= 0 else { throw SpoolFailure(errno == ENOENT ? .changed : .io, path, errno: errno) }
        return file
    }
}
