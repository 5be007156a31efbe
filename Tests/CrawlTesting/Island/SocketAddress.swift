internal import Glibc

/// An IPv4 or IPv6 address with a port, as the C library wants it.
struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t

    /// nil if `text` is no address.
    init?(_ text: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        } else {
            return nil
        }
    }

    /// The near end of a connected socket: the address that was called.
    init(nearEndOf descriptor: CInt) {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var (storage, length) = (self.storage, self.length)
        _ = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        (self.storage, self.length) = (storage, length)
    }

    /// It comes second in both families.
    var port: Int {
        withUnsafeBytes(of: storage) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
    }

    var family: CInt { CInt(storage.ss_family) }

    /// As `inet_ntop` writes it; IPv4 that came through an IPv6 socket begins with `::ffff:`.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        withUnsafeBytes(of: storage) { bytes in
            // The address comes after family and port, in IPv6 after the flow label too.
            _ = inet_ntop(
                family, bytes.baseAddress.map { $0 + (family == AF_INET ? 4 : 8) }, &buffer, socklen_t(buffer.count))
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Lets `socket` be bound to an address that only a route makes ours: `IPV6_FREEBIND`, a macro that Swift's Glibc
    /// module lacks. IPv4 does not need it.
    func allowForeign(_ socket: CInt) {
        var yes: CInt = 1
        guard family == AF_INET6 else { return }
        setsockopt(socket, Int32(IPPROTO_IPV6), 78, &yes, socklen_t(MemoryLayout<CInt>.size))
    }

    func withPointer<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
