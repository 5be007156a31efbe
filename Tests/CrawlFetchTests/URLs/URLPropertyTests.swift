import CCurl
import CrawlCore
import CrawlTesting
import CurlKit
import Glibc
import Testing

/// What holds for any bytes, in seeded noise and in every line of the tables.
struct URLPropertyTests {
    @Test func theTables() throws {
        for row in URLCase.all { try check(row.input) }
        #expect(URLCase.all.count >= 150)
    }

    /// Rows of the tables with bytes changed, cut, doubled and crossed.
    @Test(arguments: [520, 521, 522, 523] as [UInt64]) func mutations(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let rows = URLCase.all.map(\.input).filter { $0.count < 500 }
        let pieces = [
            "/", "\\", "..", "%2e", "%", "%e4", ":", "@", "#", "?", "[", "]", "0x7f", "xn--", ".", "ü", " ", ".",
        ]
        .map { Array($0.utf8) }
        for _ in 0..<4000 {
            var bytes = random.pick(rows) ?? []
            for _ in 0..<random.int(1...4) {
                let at = random.int(0...bytes.count)
                switch random.int(0...4) {
                case 0: bytes.insert(UInt8(random.int(0...255)), at: at)
                case 1: bytes.insert(contentsOf: random.pick(pieces) ?? [], at: at)
                case 2: bytes.removeSubrange(at..<min(bytes.count, at + random.int(1...3)))
                case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 4)], at: at)
                default: bytes = bytes.prefix(at) + (random.pick(rows) ?? []).suffix(random.int(0...40))
                }
            }
            try check(bytes)
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func anyBytes(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<3000 {
            let noise = (0..<random.int(0...40)).map { _ in UInt8(random.int(0...255)) }
            try check(noise)
            try check(Array("http://".utf8) + noise)
            try check(Array("http://a.test/".utf8) + noise)
        }
    }

    private func check(_ bytes: [UInt8]) throws {
        let quick = bytes.withUnsafeBufferPointer { CanonicalForm.originLength($0) }
        guard let url = try? URLCanonicalizer.canonicalize(bytes) else {
            #expect(quick == nil, "the quick check takes what is refused: \(text(bytes))")
            return
        }
        #expect(try URLCanonicalizer.canonicalize(url.bytes) == url, "another form the second time: \(text(bytes))")
        #expect(isAsLibcurlReadsIt(url), "libcurl would ask for something else: \(url.string)")
        let again = url.bytes.withUnsafeBufferPointer { CanonicalForm.originLength($0) }
        let isExpected = again == url.originLength || again == nil && isLeftToTheParser(url)
        #expect(isExpected, "the quick check does not see that this is canonical: \(url.string)")
        if url.bytes != bytes {
            #expect(quick == nil, "the quick check takes what is changed: \(text(bytes))")
        }
    }

    /// The few canonical URLs for which the quick check asks the parser.
    private func isLeftToTheParser(_ url: CanonicalURL) -> Bool {
        let origin = String(decoding: url.bytes.prefix(url.originLength), as: UTF8.self)
        let path = url.string.dropFirst(url.originLength).prefix { $0 != "?" }
        return origin.contains("[") || origin.contains("./") || origin.contains(".:") || origin.hasSuffix(".")
            || origin.contains(".0x") || origin.contains("/0x") || path.contains("/..") || path.contains("/.%")
            || path.contains("/%2E")
    }

    /// What is scheduled and what libcurl asks for are the same: no two parsers, no two hosts.
    private func isAsLibcurlReadsIt(_ canonical: CanonicalURL) -> Bool {
        guard let url = curl_url() else { return false }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, canonical.string, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK else {
            return false
        }
        func part(_ part: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            defer { curl_free(text) }
            guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
            return String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST), let path = part(CURLUPART_PATH),
            part(CURLUPART_USER) == nil, part(CURLUPART_FRAGMENT) == nil
        else { return false }
        let origin = "\(scheme)://\(host)" + (part(CURLUPART_PORT).map { ":\($0)" } ?? "")
        // An empty query has no part of its own.
        let target = path + (part(CURLUPART_QUERY).map { "?\($0)" } ?? "")
        let expected = canonical.string.dropFirst(canonical.originLength)
        return origin.utf8.elementsEqual(canonical.bytes.prefix(canonical.originLength))
            && (target == expected || target + "?" == expected)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
