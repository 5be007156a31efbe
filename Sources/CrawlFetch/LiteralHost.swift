internal import CrawlCore
internal import Glibc

/// The address that a canonical URL names itself. Through a proxy nobody else asks the address guard: the proxy looks
/// names up, and libcurl connects to the proxy only.
enum LiteralHost {
    /// nil = the host is a name. `localhost` and what lies below it are loopback (RFC 6761 §6.3).
    static func address(in url: UnsafePointer<CChar>) -> IPAddress? {
        let bytes = UnsafeRawBufferPointer(start: url, count: strlen(url))
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let host = bytes[(colon + 1)...].dropFirst(2).prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        if host.first == UInt8(ascii: "[") {
            return IPAddress(host.dropFirst().prefix { $0 != UInt8(ascii: "]") })
        }
        let name = host.prefix { $0 != UInt8(ascii: ":") }
        let lower = String(decoding: name, as: UTF8.self).lowercased()
        let bare = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        if bare == "localhost" || bare.hasSuffix(".localhost") { return IPAddress(v4: 0x7F00_0001) }
        return IPAddress(bare.utf8)
    }
}
