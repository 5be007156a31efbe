internal import CrawlCore
internal import Glibc

/// Whether this machine has a way to the IPv6 Internet: the kernel is asked for the route, and nothing is sent.
package enum IPv6Route {
    /// 2001:500:2f::f, a root server; any global address would do.
    private static let far: (UInt64, UInt64) = (0x2001_0500_002f_0000, 0xf)

    /// There is a route, and the address that it begins at is global (2000::/3).
    package static func exists() -> Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(53).bigEndian
        withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
            bytes.storeBytes(of: far.0.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: far.1.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                connect(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            } && withUnsafeBytes(of: pointer.pointee.sin6_addr) { $0[0] >> 5 == 1 }
        }
    }
}
