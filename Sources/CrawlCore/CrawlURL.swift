/// A canonical URL: ASCII, lower-case scheme and host, no default port, no fragment, no userinfo, a path that starts
/// with `/`. Two URLs are the same page exactly when their bytes are the same.
package struct CrawlURL: Hashable, Sendable {
    package static let maxLength = 8192

    package let string: String
    /// Bytes of `scheme://host[:port]`; the rest is the path with its query.
    package let originLength: Int

    /// For bytes that `CanonicalForm.check` has passed.
    package init(canonical bytes: some Collection<UInt8>, originLength: Int) {
        string = String(decoding: bytes, as: UTF8.self)
        self.originLength = originLength
    }

    package var origin: String { String(string.utf8.prefix(originLength)) ?? "" }
    package var path: String { String(string.utf8.dropFirst(originLength)) ?? "" }
}

/// Why a line is no URL for us; `code` is part of the interface.
package struct URLProblem: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        case invalidURL = "invalid-url"
        case unsupportedScheme = "unsupported-scheme"
        case userinfo
        case tooLong = "too-long"
    }

    package var code: Code
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// The check that nearly every line passes without being rewritten (80 ns a URL): is it canonical already?
package enum CanonicalForm {
    /// Length of the origin part if the bytes are a canonical URL as they stand; nil if they need the full parser (or
    /// are no URL at all). Never accepts what the parser would change.
    package static func originLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count <= CrawlURL.maxLength else { return nil }
        let authority: Int
        if starts(bytes, with: "https://") {
            authority = 8
        } else if starts(bytes, with: "http://") {
            authority = 7
        } else {
            return nil
        }
        guard let end = hostEnd(bytes, from: authority) else { return nil }
        let originEnd = portEnd(bytes, from: end, defaultPort: authority == 8 ? 443 : 80)
        guard let originEnd, originEnd < bytes.count, bytes[originEnd] == UInt8(ascii: "/"),
            isCanonicalPath(bytes, from: originEnd)
        else { return nil }
        return originEnd
    }

    private static func starts(_ bytes: UnsafeBufferPointer<UInt8>, with prefix: StaticString) -> Bool {
        guard bytes.count >= prefix.utf8CodeUnitCount else { return false }
        for i in 0..<prefix.utf8CodeUnitCount where bytes[i] != prefix.utf8Start[i] { return false }
        return true
    }

    /// The index after a lower-case DNS name or a plain dotted IPv4 address.
    private static func hostEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var i = start
        var labelStart = start
        var labelIsNumeric = true
        var dots = 0
        while i < bytes.count {
            switch bytes[i] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                labelIsNumeric = false
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "."):
                if i == labelStart || i - labelStart > 63 { return nil }
                dots += 1
                labelStart = i + 1
                labelIsNumeric = true
            default:
                return finishHost(bytes, start, i, labelStart, labelIsNumeric, dots)
            }
            i += 1
        }
        return nil
    }

    private static func finishHost(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ labelStart: Int, _ lastIsNumeric: Bool,
        _ dots: Int
    ) -> Int? {
        guard end > labelStart, end - labelStart <= 63, end - start <= 253 else { return nil }
        // Hosts whose last label is a number, or looks like one in 0x…, are the parser's business.
        if lastIsNumeric { return dots == 3 && isDottedQuad(bytes, start, end) ? end : nil }
        if bytes[labelStart] == UInt8(ascii: "0"), labelStart + 1 < end, bytes[labelStart + 1] == UInt8(ascii: "x") {
            return nil
        }
        return end
    }

    private static func isDottedQuad(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var value = 0
        var digits = 0
        for i in start..<end {
            if bytes[i] == UInt8(ascii: ".") {
                digits = 0
                value = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[i]) else { return false }
            if digits > 0, value == 0 { return false }  // a leading zero means octal to some
            value = value * 10 + Int(bytes[i] - UInt8(ascii: "0"))
            digits += 1
            if value > 255 { return false }
        }
        return true
    }

    private static func portEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, defaultPort: Int) -> Int? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: ":") else { return start }
        var i = start + 1
        var port = 0
        while i < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[i]) {
            port = port * 10 + Int(bytes[i] - UInt8(ascii: "0"))
            if port == 0 || port > 65535 { return nil }
            i += 1
        }
        return i > start + 1 && port != defaultPort ? i : nil
    }

    private static func isCanonicalPath(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var i = start
        var inQuery = false
        while i < bytes.count {
            let byte = bytes[i]
            switch table[Int(byte)] {
            case 0:
                return false
            case 1:
                break
            case 2:  // %
                guard i + 2 < bytes.count, isUpperHex(bytes[i + 1]), isUpperHex(bytes[i + 2]) else { return false }
                if !inQuery, mayBeginDotSegment(bytes, i) { return false }
                i += 2
            case 3:  // ?
                inQuery = true
            default:  // .
                if !inQuery, mayBeginDotSegment(bytes, i) { return false }
            }
            i += 1
        }
        return true
    }

    /// True if a dot segment begins at `i`, where a `.` or an escape is, or what only the parser tells from one.
    private static func mayBeginDotSegment(_ bytes: UnsafeBufferPointer<UInt8>, _ i: Int) -> Bool {
        guard bytes[i - 1] == UInt8(ascii: "/") else { return false }
        if bytes[i] == UInt8(ascii: "%") {
            return bytes[i + 1] == UInt8(ascii: "2") && bytes[i + 2] == UInt8(ascii: "E")
        }
        return i + 1 == bytes.count || "/?.%".utf8.contains(bytes[i + 1])
    }

    private static func isUpperHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }

    /// 0 = not as it stands · 1 = plain · 2 = % · 3 = ? · 4 = dot.
    private static let table: [UInt8] = (0..<256).map { value in
        switch UInt8(value) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            1
        case UInt8(ascii: "%"): 2
        case UInt8(ascii: "?"): 3
        case UInt8(ascii: "."): 4
        default: "-_~!$&'()*+,;=:@/".utf8.contains(UInt8(value)) ? 1 : 0
        }
    }
}
