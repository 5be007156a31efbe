/// Which URLs a sitemap may speak for. sitemaps.org allows its own host only; many sites spread over subdomains, so those
/// count too, and `www.` before a host makes no difference, nor does a scheme or a port. Anything else would let one site
/// fill our queue with requests to another.
package struct SitemapSite: Sendable, Hashable {
    private let host: [UInt8]

    /// The site of the sitemap that the operator gave. `origin` is that of a canonical URL: `scheme://host[:port]`.
    package init(origin: some BidirectionalCollection<UInt8>) {
        let host = Array(Self.host(origin))
        let rest = host.dropFirst(4)
        self.host = host.starts(with: "www.".utf8) && rest.contains(UInt8(ascii: ".")) ? Array(rest) : host
    }

    package func covers(origin: some BidirectionalCollection<UInt8>) -> Bool {
        let other = Self.host(origin)
        var rest = other[...]
        for byte in host.reversed() { guard rest.popLast() == byte else { return false } }
        return rest.isEmpty || rest.last == UInt8(ascii: ".")
    }

    /// An IPv6 address keeps its brackets.
    private static func host<Origin: BidirectionalCollection<UInt8>>(_ origin: Origin) -> Origin.SubSequence {
        let authority = origin.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        guard authority.first == UInt8(ascii: "[") else { return authority.prefix { $0 != UInt8(ascii: ":") } }
        guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return authority }
        return authority[...end]
    }
}
