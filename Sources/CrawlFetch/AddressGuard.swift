package import CrawlCore

/// Which addresses may be connected to: public ones, and those an operator exempts. Asked with the very address of
/// every new connection, so that no name can resolve its way around it. Pure.
///
/// Refused (IANA special-purpose registries, RFC 6890):
///
/// | IPv4 | | IPv6 | |
/// |---|---|---|---|
/// | 0.0.0.0/8 | this network | ::/128, ::1/128 | unspecified, loopback |
/// | 10/8, 172.16/12, 192.168/16 | private | fc00::/7 | unique local |
/// | 100.64/10 | shared (CGNAT) | fe80::/10, fec0::/10 | link-local, site-local |
/// | 127/8 | loopback | ff00::/8 | multicast |
/// | 169.254/16 | link-local, metadata | 64:ff9b:1::/48 | local-use NAT64 |
/// | 192.0.0/24, 198.18/15 | protocols, benchmarks | all else outside 2000::/3 | nobody's yet |
/// | 192.0.2/24, 198.51.100/24, 203.0.113/24 | documentation | 2001::/23 | protocols, Teredo |
/// | 192.88.99/24 | 6to4 relays | 2001:db8::/32, 3fff::/20 | documentation |
/// | 224/4, 240/4 | multicast, reserved | | |
///
/// The IPv4 address inside ::ffff:0:0/96 (mapped), ::/96 (compatible), ::ffff:0:0:0/96 (translated), 64:ff9b::/96 and
/// 2002::/16 is judged as itself. Metadata services outside these ranges are named one by one.
package struct AddressGuard: Sendable {
    /// Ranges exempt from every rule; an exempt IPv4 range also covers the IPv4 inside an IPv6 address.
    package let allowed: [IPNetwork]

    package init(allowing allowed: [IPNetwork] = []) { self.allowed = allowed }

    package func allows(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if let inner = Self.embedded(in: address) { return allows(inner) }
        return address.isV4 ? Self.isPublic(v4: UInt32(truncatingIfNeeded: address.low)) : Self.isPublic(v6: address)
    }

    /// The IPv4 address that an IPv6 one stands for (RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052 §2.1, RFC 3056 §2).
    private static func embedded(in address: IPAddress) -> IPAddress? {
        guard !address.isV4 else { return nil }
        if address.high >> 48 == 0x2002 {
            return IPAddress(v4: UInt32(truncatingIfNeeded: address.high >> 16))
        }
        let upper = address.low >> 32
        let isMapped = address.high == 0 && upper == 0xFFFF
        let isCompatible = address.high == 0 && upper == 0 && address.low > 1
        let isTranslated = address.high == 0 && upper == 0xFFFF_0000
        let isNAT64 = address.high == 0x0064_FF9B_0000_0000 && upper == 0
        guard isMapped || isCompatible || isTranslated || isNAT64 else { return nil }
        return IPAddress(v4: UInt32(truncatingIfNeeded: address.low))
    }

    private static func isPublic(v4 address: UInt32) -> Bool {
        for (value, prefix) in refusedV4 where address >> (32 - prefix) == value >> (32 - prefix) { return false }
        return true
    }

    private static func isPublic(v6 address: IPAddress) -> Bool {
        guard address.high >> 61 == 0b001 else { return false }
        for (value, prefix) in refusedV6 where address.high >> (64 - prefix) == value >> (64 - prefix) { return false }
        return true
    }

    private static let refusedV4: [(value: UInt32, prefix: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
        (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
        (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
        // Metadata and platform services on public-looking addresses: Azure, Alibaba (inside 100.64/10 already).
        (0xA83F_8110, 32),
    ]

    /// Prefixes of the upper 64 bits, within 2000::/3.
    private static let refusedV6: [(value: UInt64, prefix: UInt64)] = [
        (0x2001_0000_0000_0000, 23), (0x2001_0DB8_0000_0000, 32), (0x3FFF_0000_0000_0000, 20),
    ]
}
