import CrawlFrontier
import Glibc

/// The folder that holds the frontier, held by one daemon at a time. The lock is the kernel's: it ends with the process.
final class StateDirectory: Sendable {
    let path: String
    private let lock: CInt

    /// Makes the folder if it is missing (0750) and locks it.
    init(path: String) throws(ServiceFailure) {
        self.path = path
        try Self.make(path)
        lock = try Self.lock(path + "/lock", of: path)
    }

    private static func lock(_ file: String, of path: String) throws(ServiceFailure) -> CInt {
        // Without waiting for anybody, should it be a pipe.
        let mode = StateFileMode.of(fileAt: file)
        let lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode)
        guard lock >= 0 else { throw ServiceFailure(.cannotCreate, file, errno: errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let code = errno
            close(lock)
            throw isHeld
                ? ServiceFailure(.alreadyRunning, "\(path): another crawld uses this state directory")
                : ServiceFailure(.io, file, errno: code)
        }
        StateFileMode.restrict(file, to: mode)
        return lock
    }

    deinit { close(lock) }

    var frontierPath: String { path + "/frontier.sqlite" }
    var inFlightPath: String { path + "/in-flight" }
    var sitemapPath: String { path + "/sitemaps" }

    private static func make(_ path: String) throws(ServiceFailure) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if mkdir(made, 0o750) != 0, errno != EEXIST {
                throw ServiceFailure(.cannotCreate, made, errno: errno)
            }
        }
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw ServiceFailure(.cannotCreate, "\(path): is no directory")
        }
    }
}
