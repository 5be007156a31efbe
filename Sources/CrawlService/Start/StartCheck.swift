import CrawlCore
import CrawlFrontier
import Glibc

/// What stands against a start, found before the first byte is written: a start that fails leaves nothing behind that the
/// next one, by another user, could not open.
struct StartCheck {
    /// Fewer descriptors than this do not even hold the database, the control socket and a few requests.
    private static let leastDescriptors = 128

    let config: Config
    let shares: DescriptorShares
    /// The socket was handed over: what the configuration says of one does not count.
    let isSocketInherited: Bool

    func run() throws(ServiceFailure) {
        if !isSocketInherited { try checkSocket() }
        guard shares.limit >= Self.leastDescriptors else {
            throw ServiceFailure(
                .cannotCreate,
                "\(shares.limit) descriptors are too few (RLIMIT_NOFILE): set LimitNOFILE=\(shares.needed) in the unit, or "
                    + "ulimit -n")
        }
        try Self.checkFolder(config.daemon.stateDirectory)
    }

    private func checkSocket() throws(ServiceFailure) {
        do {
            try ControlSocket.check(path: config.control.socket, group: config.control.group)
        } catch {
            throw ServiceFailure(socket: error)
        }
    }

    /// It is ours to write to, or can be made.
    private static func checkFolder(_ path: String) throws(ServiceFailure) {
        var info = stat()
        guard stat(path, &info) == 0 else {
            guard errno == ENOENT else { throw ServiceFailure(.cannotCreate, path, errno: errno) }
            return try checkFolder(over: path)
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw ServiceFailure(.cannotCreate, "\(path): is no directory")
        }
        guard access(path, W_OK | X_OK) == 0 else { throw ServiceFailure(.cannotCreate, path, errno: errno) }
        guard geteuid() == 0, info.st_uid != 0 else { return }
        let owner = getpwuid(info.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(info.st_uid)"
        throw ServiceFailure(
            .cannotCreate,
            "\(path): belongs to \(owner), who could not open what root makes there: run crawld as \(owner) "
                + "(runuser -u \(owner) -- crawld …), or give the directory to root")
    }

    /// The nearest folder over it that is there.
    private static func checkFolder(over path: String) throws(ServiceFailure) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).dropLast()
        let root = path.hasPrefix("/") ? "/" : ""
        while true {
            let folder = root + parts.joined(separator: "/")
            let place = folder.isEmpty ? "." : folder
            if access(place, W_OK | X_OK) == 0 { return }
            guard errno == ENOENT, !parts.isEmpty else { throw ServiceFailure(.cannotCreate, place, errno: errno) }
            parts.removeLast()
        }
    }
}
