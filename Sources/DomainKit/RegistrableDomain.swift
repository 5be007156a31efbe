internal import CPsl
import CrawlCore

/// What a host's owner registered: the public suffix with one label more, `example.co.uk` of `www.example.co.uk`. A host
/// that is a public suffix itself, or a single label, stands for itself; an address stands for its /24 or /48.
package enum RegistrableDomain {
    /// The key of the domain of an origin `scheme://host[:port]`, see `DomainKey`.
    package static func key(_ origin: [UInt8]) -> UInt64 { DomainKey.hash(name(of: DomainKey.host(of: origin))) }

    /// `host` is canonical: lower case, ASCII, IPv6 without brackets.
    package static func name(of host: ArraySlice<UInt8>) -> [UInt8] {
        if let address = IPAddress(host) { return network(address) }
        let host = host.last == UInt8(ascii: ".") ? host.dropLast() : host
        guard let list = list.context else { return Array(host) }
        let text = host.map { CChar(bitPattern: $0) } + [0]
        return text.withUnsafeBufferPointer { name in
            guard let start = name.baseAddress, let found = psl_registrable_domain(list, start) else {
                return Array(host)
            }
            // A pointer into the name that was given.
            return Array(host.dropFirst(start.distance(to: found)))
        }
    }

    /// The public suffix that a host lies below, `co.uk` of `www.example.co.uk`; of one that is a public suffix itself all
    /// but its first label. "" = there is none.
    package static func publicSuffix(of host: String) -> String {
        let domain = name(of: Array(host.utf8)[...])
        guard let dot = domain.firstIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(decoding: domain[(dot + 1)...], as: UTF8.self)
    }

    /// Nobody registers it as a whole: `co.uk`, and every single label. A host as for `name`; an address is none.
    package static func isPublicSuffix(_ host: [UInt8]) -> Bool {
        guard IPAddress(host[...]) == nil else { return false }
        let host = host.last == UInt8(ascii: ".") ? host.dropLast() : host[...]
        guard let list = list.context else { return DomainKey.isLabel(Array(host)) }
        let text = host.map { CChar(bitPattern: $0) } + [0]
        return text.withUnsafeBufferPointer { name in
            name.baseAddress.map { psl_is_public_suffix(list, $0) != 0 } ?? false
        }
    }

    private static func network(_ address: IPAddress) -> [UInt8] {
        let mapped = address.high == 0 && address.low >> 32 == 0xffff
        if address.isV4 || mapped {
            return Array("\(IPAddress(v4: UInt32(truncatingIfNeeded: address.low) & ~0xff))/24".utf8)
        }
        return Array("\(IPAddress(v6High: address.high & ~0xffff, low: 0))/48".utf8)
    }

    /// Read once: the newer of the list that Debian keeps up to date and the one that is built in.
    private static let list = PublicSuffixes(context: psl_latest(nil))
}

/// `@unchecked Sendable`: libpsl only reads a list once it is loaded.
private struct PublicSuffixes: @unchecked Sendable {
    let context: OpaquePointer?
}
