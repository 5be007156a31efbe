/// A URL in the one form in which two equal URLs have equal bytes.
package struct CanonicalURL: Hashable, Sendable {
    package var bytes: [UInt8]
    /// Bytes of `scheme://host[:port]`; the rest is path and query.
    package var originLength: Int

    package var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why bytes are no URL that can be crawled.
package struct URLRejection: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        case invalidURL = "invalid-url"
        case unsupportedScheme = "unsupported-scheme"
        case userinfo
        case tooLong = "too-long"
    }

    package var code: Code
    package var detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// Brings any URL into canonical form (RFC 3986 §6.2.2 and §6.2.3), or says why it is none:
///
/// | part | rule |
/// |---|---|
/// | scheme | `http` or `https`, lower case; a relative reference is refused |
/// | userinfo | refused |
/// | host | `HostName`: lower case, IDN to punycode, IPv4 in any notation to dotted decimal, IPv6 shortest |
/// | port | 1…65535 without leading zeros; the scheme's default and an empty one are dropped |
/// | path | empty becomes `/`; dot segments resolved; escapes in upper case; bytes outside RFC 3986's set escaped |
/// | query | kept, `?` alone too; escaped as the path is |
/// | fragment | dropped |
///
/// Control characters are refused wherever they stand; a result of more than 8,192 bytes is too long. Escapes of
/// unreserved characters (`%41`) stay escaped: servers may tell them apart. Canonical input comes back unchanged.
package enum URLCanonicalizer {
    package static let maxLength = 8192

    package static func canonicalize(_ input: some Collection<UInt8>) throws(URLRejection) -> CanonicalURL {
        // Escaping at most triples the length, and what cannot end up short enough need not be read.
        guard input.count <= 8 * maxLength else {
            throw URLRejection(.tooLong, "\(input.count) bytes, limit \(maxLength)")
        }
        let bytes = Array(input)
        if let index = bytes.firstIndex(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw URLRejection(.invalidURL, "control character at byte \(index)")
        }
        let (isHTTPS, rest) = try scheme(bytes)
        let authorityEnd = rest.firstIndex(where: { "/?#".utf8.contains($0) }) ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw URLRejection(.userinfo, "the URL carries a user name or password")
        }
        var result: [UInt8] = Array(isHTTPS ? "https://".utf8 : "http://".utf8)
        let (host, port) = try split(authority)
        result += try HostName.canonicalize(host)
        if let port, port != (isHTTPS ? 443 : 80) { result += Array(":\(port)".utf8) }
        let originLength = result.count

        let tail = rest[authorityEnd...].prefix { $0 != UInt8(ascii: "#") }
        let pathEnd = tail.firstIndex(of: UInt8(ascii: "?")) ?? tail.endIndex
        result += PathText.escaped(PathText.withoutDotSegments(tail[..<pathEnd]))
        result += PathText.escaped(tail[pathEnd...])
        guard result.count <= maxLength else {
            throw URLRejection(.tooLong, "\(result.count) bytes, limit \(maxLength)")
        }
        return CanonicalURL(bytes: result, originLength: originLength)
    }

    /// The scheme, and what follows `://`.
    private static func scheme(_ bytes: [UInt8]) throws(URLRejection) -> (isHTTPS: Bool, rest: ArraySlice<UInt8>) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            bytes[..<colon].allSatisfy(isSchemeByte), !isDigit(bytes[0])
        else { throw URLRejection(.invalidURL, "no scheme: an absolute http or https URL is needed") }
        let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        let rest = bytes[(colon + 1)...]
        guard name == "http" || name == "https" else {
            // `example.com:8080/x` has no scheme, it only looks so.
            if let next = rest.first, isDigit(next) {
                throw URLRejection(.invalidURL, "no scheme: an absolute http or https URL is needed")
            }
            throw URLRejection(.unsupportedScheme, "only http and https, not \(name.prefix(32))")
        }
        guard rest.starts(with: "//".utf8) else { throw URLRejection(.invalidURL, "// is missing after the scheme") }
        return (name == "https", rest.dropFirst(2))
    }

    private static func split(
        _ authority: ArraySlice<UInt8>
    ) throws(URLRejection) -> (host: ArraySlice<UInt8>, port: Int?) {
        let afterBracket = authority.lastIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? authority.startIndex
        guard let colon = authority[afterBracket...].firstIndex(of: UInt8(ascii: ":")) else { return (authority, nil) }
        let digits = authority[(colon + 1)...]
        guard digits.allSatisfy(isDigit) else { throw URLRejection(.invalidURL, "the port is not a number") }
        guard !digits.isEmpty else { return (authority[..<colon], nil) }
        guard digits.count <= 32, let port = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(port)
        else { throw URLRejection(.invalidURL, "the port is not in 1…65535") }
        return (authority[..<colon], port)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "+-.".utf8.contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
