/// One cookie, as a Set-Cookie value gives it (RFC 6265 §5.2, §5.3). What it holds is a secret: it is never printed.
struct Cookie: Sendable, Hashable {
    let name: [UInt8]
    let value: [UInt8]
    /// The host that set it, or the domain that it named.
    let domain: [UInt8]
    /// It named no domain: only the very host gets it.
    let isHostOnly: Bool
    let path: [UInt8]
    /// It goes over https only.
    let isSecure: Bool
    /// In the past = it deletes what it stands for; nil = with the session, which here is the chain.
    let expiresAt: Instant?

    /// nil = the value is no cookie, or not one that `url` may set. Stricter than RFC 6265 in one thing: a name or value
    /// with a byte that is not printable ASCII is no cookie, because a request line could not carry it.
    init?(_ text: [UInt8], from url: CookieScope, now: Instant, isPublicSuffix: ([UInt8]) -> Bool) {
        let parts = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let pair = parts.first, let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        name = Array(Self.trimmed(pair[..<equals]))
        value = Array(Self.trimmed(pair[(equals + 1)...]))
        guard !name.isEmpty, (name + value).allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        var attributes = Attributes()
        for part in parts.dropFirst() { attributes.read(part, now: now) }
        let named = attributes.domain ?? []
        if named.isEmpty || named == url.host {
            // A public suffix may set cookies for itself.
            isHostOnly = named.isEmpty || isPublicSuffix(named)
            domain = url.host
        } else {
            guard !isPublicSuffix(named), url.isIn(domain: named) else { return nil }
            isHostOnly = false
            domain = named
        }
        path = attributes.path ?? url.defaultPath
        isSecure = attributes.isSecure
        expiresAt = attributes.maxAge ?? attributes.expires
    }

    func goes(to url: CookieScope, now: Instant) -> Bool {
        guard expiresAt.map({ $0 > now }) ?? true, url.isSecure || !isSecure, url.isUnder(path: path) else {
            return false
        }
        return isHostOnly ? url.host == domain : url.isIn(domain: domain)
    }

    /// It stands in the other's place (RFC 6265 §5.3, step 11).
    func replaces(_ other: Cookie) -> Bool {
        name == other.name && domain == other.domain && path == other.path
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    /// What stands behind the pair; of several of a name the last counts.
    private struct Attributes {
        var domain: [UInt8]?
        var path: [UInt8]?
        var isSecure = false
        var maxAge: Instant?
        var expires: Instant?

        mutating func read(_ part: ArraySlice<UInt8>, now: Instant) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let value = equals < part.endIndex ? trimmed(part[(equals + 1)...]) : []
            switch String(decoding: trimmed(part[..<equals]), as: UTF8.self).lowercased() {
            case "secure": isSecure = true
            case "path": path = value.first == UInt8(ascii: "/") ? Array(value) : nil
            case "domain":
                let name = value.first == UInt8(ascii: ".") ? value.dropFirst() : value
                if !value.isEmpty { domain = name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
            case "max-age": maxAge = Self.end(age: value, now: now) ?? maxAge
            case "expires": expires = CookieDate.parse(value) ?? expires
            default: break
            }
        }

        /// RFC 6265 §5.2.2: zero and less is in the past. nil = it is no number.
        private static func end(age: ArraySlice<UInt8>, now: Instant) -> Instant? {
            let isNegative = age.first == UInt8(ascii: "-")
            let digits = isNegative ? age.dropFirst() : age
            guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let seconds = Int64(String(decoding: digits.prefix(10), as: UTF8.self)) ?? 0
            return isNegative || seconds == 0 ? Instant(ms: .min) : now + .seconds(seconds)
        }
    }
}
