internal import CCurl
internal import Glibc

/// Hosts through libcurl's URL API (`curl_url_set(3)`, `curl_url_get(3)`).
enum CurlHost {
    /// An IPv4 address of 1 to 4 decimal, octal or hexadecimal parts in dotted decimal; what libcurl takes for a name
    /// comes back unchanged.
    static func number(_ host: [UInt8]) throws(URLRejection) -> [UInt8] {
        try answer(for: host) { curl_url_get($0, CURLUPART_HOST, &$1, 0) }
    }

    /// A name in any letters in ASCII (libidn2: UTS #46, non-transitional). What came out may be a number.
    static func ascii(_ name: [UInt8]) throws(URLRejection) -> [UInt8] {
        guard let locale = utf8.locale else {
            throw URLRejection(.invalidURL, "no UTF-8 locale here: write the host in punycode (xn--…)")
        }
        guard let text = String(validating: name, as: UTF8.self) else {
            throw URLRejection(.invalidURL, "the host is not UTF-8")
        }
        // libidn2 reads a name in the thread's locale, which in a daemon is often C.
        let before = uselocale(locale)
        defer { uselocale(before) }
        let result = try punycode(name)
        let joined = text.unicodeScalars.filter { !joiners.contains($0) }
        // What UTS #46 refuses libcurl tries once more by the old rules, which drop joiners: a name that differs from
        // another in them alone would be that other one.
        if joined.count < text.unicodeScalars.count, try punycode(Array(String(joined).utf8)) == result {
            throw URLRejection(.invalidURL, "a joiner stands in the host where none may")
        }
        return result
    }

    /// Zero width non-joiner and joiner.
    private static let joiners: [Unicode.Scalar] = ["\u{200C}", "\u{200D}"]

    private static func punycode(_ name: [UInt8]) throws(URLRejection) -> [UInt8] {
        let result = try answer(for: name) { curl_url_get($0, CURLUPART_HOST, &$1, UInt32(CURLU_PUNYCODE)) }
        guard result.allSatisfy({ $0 < 0x80 }) else {
            throw URLRejection(.invalidURL, "the host cannot be written in ASCII")
        }
        return result
    }

    private static func answer(
        for host: [UInt8], get: (OpaquePointer, inout UnsafeMutablePointer<CChar>?) -> CURLUcode
    ) throws(URLRejection) -> [UInt8] {
        // A C string ends at its first zero.
        guard !host.contains(0) else { throw URLRejection(.invalidURL, "a zero in the host") }
        guard let url = curl_url() else { throw URLRejection(.invalidURL, "no memory") }
        defer { curl_url_cleanup(url) }
        try check(curl_url_set(url, CURLUPART_URL, "http://" + String(decoding: host, as: UTF8.self) + "/", 0))
        var part: UnsafeMutablePointer<CChar>?
        defer { curl_free(part) }
        try check(get(url, &part))
        guard let part else { throw URLRejection(.invalidURL, "no memory") }
        let bytes = UnsafeBufferPointer(start: part, count: strlen(part)).map { UInt8(bitPattern: $0) }
        return bytes.map { ByteSet.letter.contains($0) ? $0 | 0x20 : $0 }
    }

    private static func check(_ code: CURLUcode) throws(URLRejection) {
        guard code == CURLUE_OK else {
            throw URLRejection(.invalidURL, "host: \(String(cString: curl_url_strerror(code)))")
        }
    }

    /// Made once; `@unchecked Sendable` because a locale is never changed after it was made.
    private struct UTF8Locale: @unchecked Sendable {
        let locale = crawld_utf8_locale()
    }
    private static let utf8 = UTF8Locale()
}
