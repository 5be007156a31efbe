import Foundation
package import Glibc

/// Who may read what lies in the state directory.
package enum StateFileMode {
    /// Of a file at `path`, made or to be made. The group may read what we keep, for backups and to look at it, and nobody
    /// else: 0640. Where everybody may make files (the folder's mode lets others write, as /tmp's does) no group is meant:
    /// 0600. A stricter umask makes it less.
    package static func of(fileAt path: String) -> mode_t {
        let folder = (path as NSString).deletingLastPathComponent
        var info = stat()
        guard stat(folder.isEmpty ? "." : folder, &info) == 0 else { return 0o600 }
        return info.st_mode & S_IWOTH != 0 ? 0o600 : 0o640
    }

    /// Takes rights away that an earlier life gave; gives none. Of another owner's file it stays as it is, and what is no
    /// plain file is left alone.
    package static func restrict(_ path: String, to mode: mode_t) {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return }
        guard info.st_mode & 0o777 & ~mode != 0 else { return }
        chmod(path, info.st_mode & mode)
    }
}
