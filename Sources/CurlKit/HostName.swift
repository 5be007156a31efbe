internal import CCurl
internal import Glibc

/// The host of a URL in canonical form. libcurl's URL API does what needs tables or address parsing: IDN (punycode,
/// through libidn2), IPv4 in any notation (`0x7f.1`), IPv6.
enum HostName {
    static func canonicalize(_ host: ArraySlice<UInt8>) throws(URLRejection) -> [UInt8] {
        guard !host.isEmpty else { throw URLRejection(.invalidURL, "the host is missing") }
        guard host.count <= 1024 else { throw URLRejection(.invalidURL, "the host is too long") }
        let isAddress = host.first == UInt8(ascii: "[")
        for byte in host where !isAllowed(byte, isAddress: isAddress) {
            throw URLRejection(
                .invalidURL, "a character that no host has: \(Unicode.Scalar(byte).escaped(asASCII: true))")
        }
        var parsed = try parse(Array(host.map(lower)))
        // A name in other letters may become a number in another notation.
        if host.contains(where: { $0 >= 0x80 }) { parsed = try parse(parsed) }
        return isAddress ? parsed : try checked(parsed)
    }

    /// Host bytes through `curl_url_set(3)`.
    private static func parse(_ host: [UInt8]) throws(URLRejection) -> [UInt8] {
        guard let url = curl_url() else { throw URLRejection(.invalidURL, "no memory") }
        defer { curl_url_cleanup(url) }
        let text = "http://" + String(decoding: host, as: UTF8.self) + "/"
        let code = curl_url_set(url, CURLUPART_URL, text, 0)
        guard code == CURLUE_OK else { throw rejection(code) }
        var part: UnsafeMutablePointer<CChar>?
        let isASCII = host.allSatisfy { $0 < 0x80 }
        let result =
            isASCII
            ? curl_url_get(url, CURLUPART_HOST, &part, 0)
            : try inUTF8 { curl_url_get(url, CURLUPART_HOST, &part, UInt32(CURLU_PUNYCODE)) }
        defer { curl_free(part) }
        guard result == CURLUE_OK, let part else { throw rejection(result) }
        return Array(UnsafeBufferPointer(start: part, count: strlen(part))).map { lower(UInt8(bitPattern: $0)) }
    }

    /// libidn2 reads a name in the thread's locale, which in a daemon is often C.
    private static func inUTF8(_ body: () -> CURLUcode) throws(URLRejection) -> CURLUcode {
        guard let locale = utf8.locale else {
            throw URLRejection(.invalidURL, "no UTF-8 locale here: write the host in punycode (xn--…)")
        }
        let before = uselocale(locale)
        defer { uselocale(before) }
        return body()
    }

    /// Made once; `@unchecked Sendable` because a locale is never changed after it was made.
    private struct UTF8Locale: @unchecked Sendable {
        let locale = crawld_utf8_locale()
    }
    private static let utf8 = UTF8Locale()

    /// RFC 1035 lengths; a name whose last label is a number is an address that failed to be one.
    private static func checked(_ host: [UInt8]) throws(URLRejection) -> [UInt8] {
        guard host.allSatisfy({ $0 < 0x80 && isAllowed($0, isAddress: false) }) else {
            throw URLRejection(.invalidURL, "the host cannot be written in ASCII")
        }
        var labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard !labels.isEmpty, host.count <= 254, labels.allSatisfy({ (1...63).contains($0.count) }) else {
            throw URLRejection(
                .invalidURL, "a label of the host is empty or longer than 63 bytes, or the host than 253")
        }
        if labels.last?.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true {
            let isQuad =
                labels.count == 4 && labels.allSatisfy { (Int(String(decoding: $0, as: UTF8.self)) ?? 256) < 256 }
            guard isQuad, host.last != UInt8(ascii: ".") else {
                throw URLRejection(.invalidURL, "the host is neither a name nor an address")
            }
        }
        return host
    }

    private static func rejection(_ code: CURLUcode) -> URLRejection {
        URLRejection(.invalidURL, "host: \(String(cString: curl_url_strerror(code)))")
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Non-ASCII bytes are libidn2's to judge. Escapes and IPv6 zones are refused.
    private static func isAllowed(_ byte: UInt8, isAddress: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...: !isAddress
        case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): isAddress
        default: false
        }
    }
}
