import Glibc

/// Connects once before the first request, because the system's own reason says more than a transfer's error.
enum SocketProbe {
    /// So long a look at whether the connection is taken lasts, in microseconds.
    private static let look = 200_000

    /// Throws what stands in the way, and what to do about it. A daemon that hangs takes no connections once some wait:
    /// `waiting` says how long ours may.
    static func check(_ path: String, _ waiting: Waiting) throws(CtlFailure) {
        var code = connectError(path)
        while code == EAGAIN || code == EINTR {
            try waiting.tick(.connecting)
            code = connectError(path)
        }
        guard code != 0 else { return waiting.heard() }
        let reason = String(cString: strerror(code))
        switch code {
        case EACCES, EPERM:
            throw CtlFailure(
                .notPermitted,
                "may not open \(path): \(reason)\nrun it as root, or join the socket's group: usermod -aG crawld USER")
        case ENOENT:
            throw CtlFailure(
                .unavailable,
                "no daemon at \(path): \(reason)\nstart it with: systemctl start crawld.socket crawld.service"
                    + "\nor name its socket with --socket PATH or CRAWLD_SOCKET")
        case ECONNREFUSED, EPROTOTYPE, ENOTSOCK:
            throw CtlFailure(
                .unavailable,
                "no daemon at \(path): \(reason)\nnothing listens there: look at systemctl status crawld.service")
        case ENAMETOOLONG:
            throw CtlFailure(.usage, "\(path): the path of a socket has at most 107 bytes")
        default:
            throw CtlFailure(.unavailable, "no daemon at \(path): \(reason)")
        }
    }

    /// errno, or 0 when something listens.
    private static func connectError(_ path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            return ENAMETOOLONG
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        // connect(2) waits for room in the listener's queue, and no longer than this.
        var wait = timeval(tv_sec: 0, tv_usec: look)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
