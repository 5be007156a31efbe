internal import Glibc

/// Unix sockets as C makes them, for tests that stand in for somebody else.
package enum UnixSockets {
    package struct Failure: Error {
        package var call: String
        package var code: Int32
    }

    /// A listening stream socket; so many connections and one more wait to be accepted.
    package static func listen(path: String, backlog: CInt = 128) throws -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard bind(descriptor, to: path), Glibc.listen(descriptor, backlog) == 0 else {
            throw Failure(call: "listen \(path)", code: errno)
        }
        return descriptor
    }

    /// A connected stream socket that never blocks its writer for long.
    package static func connect(path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard with(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            close(descriptor)
            throw Failure(call: "connect \(path)", code: code)
        }
        return descriptor
    }

    static func bind(_ descriptor: CInt, to path: String) -> Bool {
        with(path) { Glibc.bind(descriptor, $0, $1) } == 0
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        precondition(bytes.count < MemoryLayout.size(ofValue: address.sun_path), "too long for a socket: \(path)")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
