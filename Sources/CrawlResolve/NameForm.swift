internal import CrawlCore

/// What a host's text alone decides: whether name servers can be asked for it at all.
enum NameForm: Sendable, Hashable {
    case name
    /// It names an address itself.
    case literal(IPAddress)
    /// `localhost` and what lies below it (RFC 6761 §6.3): never asked for.
    case loopback
    /// No name that a name server could know (RFC 1035 §2.3.4, RFC 7686 for `onion`): never asked for.
    case impossible

    static let longestName = 253
    static let longestLabel = 63

    static func of(_ host: String) -> NameForm {
        host.utf8.withContiguousStorageIfAvailable(of) ?? of(bytes: Array(host.utf8))
    }

    private static func of(bytes: [UInt8]) -> NameForm { bytes.withUnsafeBufferPointer(of) }

    private static func of(_ host: UnsafeBufferPointer<UInt8>) -> NameForm {
        guard !host.isEmpty else { return .impossible }
        var label = 0
        var isLastNumeric = true
        var hasColon = false
        for byte in host {
            switch byte {
            case UInt8(ascii: "."):
                guard label > 0 else { return .impossible }
                label = 0
                isLastNumeric = true
                continue
            case 0...UInt8(ascii: " "), UInt8(ascii: "\\"), 0x7F...: return .impossible
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: ":"):
                hasColon = true
                isLastNumeric = false
            default: isLastNumeric = false
            }
            label += 1
            if label > longestLabel { return .impossible }
        }
        guard label > 0, host.count <= longestName else { return .impossible }
        if hasColon || isLastNumeric {
            // The last label of a name is never a number (RFC 3696 §2).
            return IPAddress(host).map { .literal($0) } ?? (isLastNumeric ? .impossible : .name)
        }
        if ends(host, in: "localhost") { return .loopback }
        return ends(host, in: "onion") ? .impossible : .name
    }

    /// `host` is `domain` or lies below it.
    private static func ends(_ host: UnsafeBufferPointer<UInt8>, in domain: StaticString) -> Bool {
        let size = domain.utf8CodeUnitCount
        guard host.count >= size else { return false }
        let start = host.count - size
        for i in 0..<size where host[start + i] | 0x20 != domain.utf8Start[i] { return false }
        return start == 0 || host[start - 1] == UInt8(ascii: ".")
    }
}
