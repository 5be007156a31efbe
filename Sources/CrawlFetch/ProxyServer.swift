/// A forward proxy that requests may go through. Its description tells neither name nor password.
package struct ProxyServer: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// `scheme://host:port`.
    package let address: String
    /// As the proxy wants it, percent-encoding undone; nil = none.
    package let user: String?
    package let password: String?

    package static let schemes = ["http", "https", "socks5h"]

    /// `scheme://[user[:password]@]host:port`: the port is always given, for there is no common default; nothing
    /// behind it but a `/`. nil for anything else, and for a name or password with a control character, plain or
    /// percent-encoded: it could end a header line.
    package init?(_ text: String) {
        guard (1...1024).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let scheme = Self.schemes.first(where: { text.lowercased().hasPrefix($0 + "://") })
        else { return nil }
        var rest = text.dropFirst(scheme.count + 3)
        if rest.last == "/" { rest = rest.dropLast() }
        var userinfo: Substring?
        if let at = rest.lastIndex(of: "@") {
            userinfo = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        guard let last = rest.lastIndex(of: ":"), Self.isPort(rest[rest.index(after: last)...]),
            Self.isHost(rest[..<last])
        else { return nil }
        address = "\(scheme)://\(rest.lowercased())"
        guard let userinfo else {
            user = nil
            password = nil
            return
        }
        let parts = userinfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let user = Self.decoded(first), !user.isEmpty else { return nil }
        self.user = user
        guard parts.count == 2 else {
            password = nil
            return
        }
        guard let password = Self.decoded(parts[1]) else { return nil }
        self.password = password
    }

    var isSOCKS: Bool { address.hasPrefix("socks") }

    package var description: String { user == nil ? address : "\(address) with a password" }
    package var debugDescription: String { description }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && Int(text).map { (1...65535).contains($0) } ?? false
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.first == "[", text.last == "]" {
            let inner = text.dropFirst().dropLast()
            return inner.contains(":") && inner.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    /// nil if an escape is none, what it gives is no UTF-8, or has a control character.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.prefix(2).allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.count <= 255, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
