/// A domain's name as eight bytes: what guards count by and rows keep. The same in every process.
package enum DomainKey {
    /// FNV-1a with SplitMix64's last step, so that similar names lie far apart.
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return hash ^ hash >> 31
    }

    /// The host of an origin `scheme://host[:port]`, an IPv6 address without its brackets.
    package static func host(of origin: [UInt8]) -> ArraySlice<UInt8> {
        var host = origin[...]
        if let colon = host.firstIndex(of: UInt8(ascii: ":")), host[colon...].starts(with: "://".utf8) {
            host = host[(colon + 3)...]
        }
        if host.first == UInt8(ascii: "["), let end = host.firstIndex(of: UInt8(ascii: "]")) {
            return host[host.startIndex + 1..<end]
        }
        return host.firstIndex(of: UInt8(ascii: ":")).map { host[..<$0] } ?? host
    }

    /// Every host as a domain of its own: for whoever has no public suffix list.
    package static func ofHost(_ origin: [UInt8]) -> UInt64 { hash(host(of: origin)) }

    /// A host of one label, which is a public suffix by any list.
    package static func isLabel(_ host: [UInt8]) -> Bool { !host.contains(UInt8(ascii: ".")) }
}
