import Foundation
package import Glibc

/// Whether a disk takes more bytes. SQLite tells of a full one as such only where it writes; where it opens, enlarges its
/// index or meets a quota, it says that reading or writing failed.
package enum DiskRoom {
    /// Less room than this is none: what an opening takes, and the first commits.
    package static let least: off_t = 256 << 10

    /// The errno says that there is no room: the disk is full, or a quota is used up.
    package static func isLack(_ code: Int32) -> Bool { code == ENOSPC || code == EDQUOT }

    /// Tried with a file beside `path` that is gone again when this returns. False if there is room, or it cannot be known.
    package static func isLacking(beside path: String) -> Bool {
        let trial = path + "-room"
        unlink(trial)
        let file = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return isLack(errno) }
        let code = posix_fallocate(file, 0, least)
        close(file)
        unlink(trial)
        return isLack(code)
    }
}
