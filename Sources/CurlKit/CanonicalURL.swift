/// A URL in the one form in which two equal URLs have equal bytes.
package struct CanonicalURL: Hashable, Sendable {
    package var bytes: [UInt8]
    /// Bytes of `scheme://host[:port]`; the rest is path and query.
    package var originLength: Int

    /// For bytes that are canonical already.
    package init(bytes: [UInt8], originLength: Int) {
        self.bytes = bytes
        self.originLength = originLength
    }

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
