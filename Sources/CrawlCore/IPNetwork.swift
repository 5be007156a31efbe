/// A range of addresses as `192.0.2.0/24` or `2001:db8::/32` names it; an address without a length is that one address.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// With all bits past `prefix` zero.
    package let address: IPAddress
    /// 0…32 for IPv4, 0…128 for IPv6.
    package let prefix: Int

    /// nil if the length does not fit the address.
    package init?(_ address: IPAddress, prefix: Int) {
        guard (0...(address.isV4 ? 32 : 128)).contains(prefix) else { return nil }
        self.prefix = prefix
        self.address = Self.masked(address, prefix)
    }

    /// nil unless `text` is an address, or an address, `/` and a length. Bits past the length are dropped.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(first.utf8) else { return nil }
        var prefix = address.isV4 ? 32 : 128
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1]) else { return nil }
            prefix = length
        }
        self.init(address, prefix: prefix)
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.isV4 == address.isV4 && Self.masked(other, prefix) == address
    }

    package var description: String { "\(address)/\(prefix)" }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
        if address.isV4 {
            let mask = prefix == 0 ? 0 : UInt32.max << (32 - prefix)
            return IPAddress(v4: UInt32(truncatingIfNeeded: address.low) & mask)
        }
        // Swift's shifts give 0 when they shift everything out.
        let high = address.high & (prefix == 0 ? 0 : UInt64.max << max(0, 64 - prefix))
        let low = address.low & (prefix <= 64 ? 0 : UInt64.max << (128 - prefix))
        return IPAddress(v6High: high, low: low)
    }
}
