/// Brings any absolute URL into canonical form, or says why it is none. What RFC 3986 (§6.2.2, §6.2.3) and the WHATWG
/// URL standard both call the same URL comes out as the same bytes:
///
/// | part | rule |
/// |---|---|
/// | around it | spaces, tabs and line ends dropped (RFC 3986 appendix C) |
/// | scheme | `http` or `https`, lower case; a relative reference is refused |
/// | userinfo | refused, an empty one too |
/// | host | `HostName`: escapes decoded, lower case, IDN to punycode, IPv4 in any notation to dotted decimal, IPv6 to `IPv6Text` |
/// | port | leading zeros, the scheme's default and an empty one dropped; 1…65535 |
/// | path | empty becomes `/`; dot segments resolved, written as `%2e` too; escapes in upper case |
/// | query | kept, `?` alone too; escapes in upper case |
/// | fragment | dropped |
///
/// Where the two differ:
///
/// | input | RFC 3986 | WHATWG | here |
/// |---|---|---|---|
/// | `%41`, an escape nobody needs | `A` | kept | kept: servers may tell them apart |
/// | `\` in the path | no URL | `/` | `/`, as browsers ask for it |
/// | `\` in the host | no URL | ends it | refused: parsers disagree about which host that is |
/// | `"` `<` `>` space, non-ASCII in path or query | no URL | escaped | escaped, byte for byte |
/// | `[` `]` `{` `}` `^` `\|` `` ` ``, and `\` in the query | no URL | partly escaped | escaped |
/// | `'` in the query | kept | escaped | kept |
/// | `%` that begins no escape | no URL | kept | `%25` |
/// | control characters within | no URL | dropped or escaped | refused |
/// | `http:a`, `http:/a`, `http:///a` | no host | host `a` | refused |
/// | port 0 | kept | kept | refused: nothing can be connected to |
/// | `xn--` that is no punycode | kept | refused | kept: the resolver knows |
/// | `127.0.0.1.`, `a.1`, `a.0x1` | names | an address, refused | refused |
///
/// libcurl's URL API is asked where tables or odd notations are needed (see `HostName`), and tests hold that it reads
/// every result as we do. It does not make the form: that is a key on disk and must not change with the libcurl of the
/// day, whose treatment of dot segments, escapes and slashes did. A result has at most 8,192 bytes; canonical
/// input comes back unchanged.
package enum URLCanonicalizer {
    package static let maxLength = 8192

    /// Bytes of any origin: a line of a client, or an absolute `Location`, whatever its encoding.
    package static func canonicalize(_ input: some Collection<UInt8>) throws(URLRejection) -> CanonicalURL {
        // Escaping only adds and most of what is dropped is short: what cannot end up short enough need not be read.
        guard input.count <= 8 * maxLength else {
            throw URLRejection(.tooLong, "\(input.count) bytes, limit \(maxLength)")
        }
        let bytes = try trimmed(Array(input))
        let scheme = try scheme(bytes)
        let rest = bytes[scheme.end...]
        let authorityEnd = rest.firstIndex(where: ByteSet.authorityEnd.contains) ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw URLRejection(.userinfo, "the URL carries a user name or password")
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        result += scheme.isHTTPS ? Self.https : Self.http
        let (host, port) = try split(authority)
        try HostName.append(host, to: &result)
        if let port, port != (scheme.isHTTPS ? 443 : 80) { result += Array(":\(port)".utf8) }
        let originLength = result.count

        let tail = rest[authorityEnd..<(rest[authorityEnd...].firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex)]
        let pathEnd = tail.firstIndex(of: UInt8(ascii: "?")) ?? tail.endIndex
        PathText.appendPath(tail[..<pathEnd], to: &result)
        PathText.appendEscaped(tail[pathEnd...], to: &result)
        guard result.count <= maxLength else {
            throw URLRejection(.tooLong, "\(result.count) bytes, limit \(maxLength)")
        }
        return CanonicalURL(bytes: result, originLength: originLength)
    }

    private static let http = Array("http://".utf8)
    private static let https = Array("https://".utf8)

    /// Without the blanks around it; no control character is left.
    static func trimmed(_ bytes: [UInt8]) throws(URLRejection) -> ArraySlice<UInt8> {
        let start = bytes.firstIndex { !ByteSet.blank.contains($0) } ?? bytes.endIndex
        let end = (bytes.lastIndex { !ByteSet.blank.contains($0) } ?? start - 1) + 1
        let text = bytes[start..<end]
        if let index = text.firstIndex(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw URLRejection(.invalidURL, "control character at byte \(index)")
        }
        return text
    }

    /// The scheme, and where what follows `://` begins.
    private static func scheme(_ bytes: ArraySlice<UInt8>) throws(URLRejection) -> (isHTTPS: Bool, end: Int) {
        guard let colon = schemeEnd(bytes) else { throw noScheme(bytes) }
        let name = bytes[..<colon]
        let isHTTPS = equalsIgnoringCase(name, "https")
        guard isHTTPS || equalsIgnoringCase(name, "http") else {
            // `example.com:8080/x` has no scheme, it only looks so.
            if let next = bytes[(colon + 1)...].first, ByteSet.digit.contains(next) { throw noScheme(bytes) }
            throw URLRejection(
                .unsupportedScheme,
                "only http and https, not \(String(decoding: name.prefix(32), as: UTF8.self).lowercased())")
        }
        guard bytes[(colon + 1)...].starts(with: "//".utf8) else {
            throw URLRejection(.invalidURL, "// is missing after the scheme")
        }
        return (isHTTPS, colon + 3)
    }

    /// With the URL that was probably meant, where one is: a name with a dot, an address, or this machine.
    private static func noScheme(_ bytes: ArraySlice<UInt8>) -> URLRejection {
        let text = bytes.starts(with: "//".utf8) ? bytes.dropFirst(2) : bytes
        guard text.first != UInt8(ascii: "/"), let meant = try? canonicalize(https + text),
            meant.bytes.count <= longestMeant
        else { return URLRejection(.invalidURL, "no scheme: an absolute http or https URL is needed") }
        let host = meant.bytes[https.count..<meant.originLength].prefix { $0 != UInt8(ascii: ":") }
        let isLocal =
            host.elementsEqual("localhost".utf8)
            || host.allSatisfy { $0 < UInt8(ascii: "A") && $0 != UInt8(ascii: "-") }
        guard isLocal || host.contains(UInt8(ascii: ".")) || host.first == UInt8(ascii: "[") else {
            return URLRejection(.invalidURL, "no scheme: an absolute http or https URL is needed")
        }
        // Certificates are for names.
        let url = isLocal ? (try? canonicalize(http + text)) ?? meant : meant
        return URLRejection(.invalidURL, "no scheme: \(url.string) was probably meant")
    }

    /// Of a URL that is repeated in a message.
    private static let longestMeant = 256

    /// The index of the colon after a scheme (RFC 3986 §3.1); nil for a relative reference.
    static func schemeEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first, ByteSet.letter.contains(first),
            let colon = bytes.firstIndex(where: { !ByteSet.scheme.contains($0) }), bytes[colon] == UInt8(ascii: ":")
        else { return nil }
        return colon
    }

    private static func equalsIgnoringCase(_ bytes: ArraySlice<UInt8>, _ lowerCase: StaticString) -> Bool {
        guard bytes.count == lowerCase.utf8CodeUnitCount else { return false }
        var index = bytes.startIndex
        return lowerCase.withUTF8Buffer { expected in
            for byte in expected {
                if bytes[index] | 0x20 != byte { return false }
                index += 1
            }
            return true
        }
    }

    private static func split(
        _ authority: ArraySlice<UInt8>
    ) throws(URLRejection) -> (host: ArraySlice<UInt8>, port: Int?) {
        let isAddress = authority.first == UInt8(ascii: "[")
        let bracket = isAddress ? authority.lastIndex(of: UInt8(ascii: "]")) : nil
        guard let colon = authority[(bracket ?? authority.startIndex)...].firstIndex(of: UInt8(ascii: ":")) else {
            return (authority, nil)
        }
        var port = 0
        for byte in authority[(colon + 1)...] {
            guard ByteSet.digit.contains(byte) else { throw URLRejection(.invalidURL, "the port is not a number") }
            port = min(port * 10 + Int(byte - UInt8(ascii: "0")), 65536)
        }
        guard colon + 1 < authority.endIndex else { return (authority[..<colon], nil) }
        guard (1...65535).contains(port) else { throw URLRejection(.invalidURL, "the port is not in 1…65535") }
        return (authority[..<colon], port)
    }
}
