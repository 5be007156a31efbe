/// Whom an origin's key names: `https://www.example.com:8443` → the bytes of the host.
enum HostOfKey: Equatable {
    case literal(IPAddress)
    /// `localhost` and what lies below it are loopback (RFC 6761 §6.3), as any name is that a resolver knows.
    case name(ArraySlice<UInt8>)

    /// `key`: canonical, or a row's that is read and not trusted: what has no `://` is a name as it is.
    init(_ key: [UInt8]) {
        var start = 0
        if let colon = key.firstIndex(of: UInt8(ascii: ":")), key[(colon + 1)...].starts(with: [0x2F, 0x2F]) {
            start = colon + 3
        }
        let rest = key[start...]
        if rest.first == UInt8(ascii: "[") {
            let inner = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            if let address = IPAddress(inner) {
                self = .literal(address)
                return
            }
        }
        let host = rest.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        if let last = host.last, last.isDigit, let address = IPAddress(host) {
            self = .literal(address)
        } else {
            self = .name(host.last == UInt8(ascii: ".") ? host.dropLast() : host)
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}
