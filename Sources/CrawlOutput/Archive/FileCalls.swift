internal import Glibc

/// The calls that a disk may refuse. Others than the system's are for tests: a disk that is full after so many bytes, or that
/// fails to sync, is there without root, a mount, or a limit of the whole process (RLIMIT_FSIZE), which tests beside would
/// meet too.
package struct FileCalls: Sendable {
    /// As pwrite(2), begun again after a signal: how many bytes were taken, which may be fewer; −1 and errno.
    package var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int64) -> Int
    /// As fdatasync(2).
    package var sync: @Sendable (_ file: Int32) -> Int32
    /// As fsync(2) on a folder.
    package var syncFolder: @Sendable (_ folder: Int32) -> Int32
    /// As ftruncate(2).
    package var cut: @Sendable (_ file: Int32, _ length: Int64) -> Int32
    /// Bytes that the disk under `path` has for us; nil = it cannot be asked.
    package var freeBytes: @Sendable (_ path: String) -> Int64?

    package static let system = FileCalls(
        write: { file, bytes, offset in
            while true {
                let count = pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
                if count < 0, errno == EINTR { continue }
                return count
            }
        },
        sync: { fdatasync($0) },
        syncFolder: { fsync($0) },
        cut: { ftruncate($0, off_t($1)) },
        freeBytes: { path in
            var room = statvfs()
            guard statvfs(path, &room) == 0 else { return nil }
            let (bytes, overflow) = UInt64(room.f_bavail).multipliedReportingOverflow(by: UInt64(room.f_frsize))
            return overflow ? .max : Int64(clamping: bytes)
        })

    /// All of `bytes`. 0, or the errno that it ended with; some of them may be there then.
    func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
        var done = 0
        while done < bytes.count {
            let count = write(file, UnsafeRawBufferPointer(rebasing: bytes[done...]), offset + Int64(done))
            guard count >= 0 else { return errno }
            // Nothing was taken and nothing is wrong: there is no such answer but of a disk without room.
            guard count > 0 else { return ENOSPC }
            done += count
        }
        return 0
    }
}
