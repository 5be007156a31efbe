/// What of a URL decides which cookies it sets and gets.
struct CookieScope: Hashable, Sendable {
    /// Lower case, an IPv6 address without its brackets.
    let host: [UInt8]
    /// Without the query; begins with `/`.
    let path: [UInt8]
    let isSecure: Bool

    init(_ url: CrawlURL) {
        let origin = Array(url.origin.utf8)
        host = Array(DomainKey.host(of: origin))
        path = Array(url.path.utf8.prefix { $0 != UInt8(ascii: "?") })
        isSecure = origin.starts(with: "https:".utf8)
    }

    /// RFC 6265 §5.1.3; an address has no domains above it.
    func isIn(domain: [UInt8]) -> Bool {
        if host == domain { return true }
        guard host.count > domain.count, host.reversed().starts(with: domain.reversed()),
            host[host.count - domain.count - 1] == UInt8(ascii: ".")
        else { return false }
        return IPAddress(host[...]) == nil
    }

    /// RFC 6265 §5.1.4.
    func isUnder(path prefix: [UInt8]) -> Bool {
        guard path.starts(with: prefix) else { return false }
        let slash = UInt8(ascii: "/")
        return path.count == prefix.count || prefix.last == slash || path[prefix.count] == slash
    }

    /// The path of a cookie that names none (RFC 6265 §5.1.4): up to the last slash, without it.
    var defaultPath: [UInt8] {
        guard path.first == UInt8(ascii: "/"), let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 else {
            return [UInt8(ascii: "/")]
        }
        return Array(path[..<slash])
    }
}
