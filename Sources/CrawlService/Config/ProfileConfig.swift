package import CrawlFetch

/// One entry of `profiles`: how a request looks to a server.
package struct ProfileConfig: Hashable, Sendable {
    package enum HTTP: String, CaseIterable, Sendable {
        case asFetch = ""
        case http11 = "1.1"
        case http2 = "2"
    }

    /// Sent in place of crawld's own, or beside them; an empty value leaves the header out.
    package var headers: [RequestProfile.Header] = []

    /// "" means that `fetch.http2` decides.
    package var http = HTTP.asFetch

    /// OpenSSL's names of cipher suites, joined by colons; "" means libcurl's own.
    package var tlsCiphers = ""

    /// Names of curves, joined by colons; "" means libcurl's own.
    package var tlsCurves = ""

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.section("headers", isSecret: true) { names in
            headers = names.keys.map { name in
                var value = ""
                names.text(name, &value)
                return RequestProfile.Header(name, value)
            }
        }
        section.choice("http", &http)
        section.string("tls_ciphers", &tlsCiphers)
        section.string("tls_curves", &tlsCurves)
    }

    func validate(_ name: String) -> [ConfigFault] {
        var check = ConfigCheck("profiles.\(name)")
        for header in headers { Self.check(header, &check) }
        let bytes = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        check.require(
            headers.count <= 64 && bytes <= 8 << 10, "headers", nil, "must be at most 64 headers and 8KiB in all")
        let names = Set(headers.map { $0.name.lowercased() })
        check.require(names.count == headers.count, "headers", nil, "must name each header once, whatever its case")
        for (key, value) in [("tls_ciphers", tlsCiphers), ("tls_curves", tlsCurves)] {
            check.require(
                value.utf8.count <= 1024 && value.utf8.allSatisfy { Self.isOfName($0) || $0 == UInt8(ascii: ":") }, key,
                value,
                "must be names of letters, digits, - and _, joined by colons, at most 1024 bytes")
        }
        return check.faults
    }

    private static func check(_ header: RequestProfile.Header, _ check: inout ConfigCheck) {
        let key = "headers.\(header.name)"
        check.require(
            (1...128).contains(header.name.utf8.count) && header.name.utf8.allSatisfy(isOfToken), key, nil,
            "must be the name of a header (RFC 9110 5.6.2), at most 128 bytes")
        check.require(
            !reserved.contains(header.name.lowercased()) && !header.name.lowercased().hasPrefix("proxy-"), key, nil,
            "must not be a header that frames a request, such as Host or Content-Length")
        check.require(
            header.value.utf8.count <= 4096 && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 },
            key, nil, "must be one line of at most 4096 bytes, without control characters")
    }

    /// They say where a request goes, where it ends, or whether there is a body; crawld decides that.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "http2-settings", "range", "if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range",
    ]

    private static func isOfToken(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    static func isOfName(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-_".utf8.contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    var profile: RequestProfile {
        var profile = RequestProfile()
        profile.headers = headers
        profile.http = RequestProfile.HTTP(rawValue: http.rawValue)
        profile.tlsCiphers = tlsCiphers
        profile.tlsCurves = tlsCurves
        return profile
    }
}
