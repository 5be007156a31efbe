internal import CrawlCore
internal import CurlKit

/// What a 3xx says beside its status: kept whole, where other headers are cut.
struct RedirectHeaders {
    /// Longer ones are no URL in any spelling.
    static let locationLimit = 8 * URLCanonicalizer.maxLength
    /// Bytes of all its Set-Cookie values; they are at most `ChainCookies.maxCookies`.
    static let cookieLimit = 8192

    /// The first that is not empty; empty = there was none, or it was too long.
    private(set) var location: [UInt8] = []
    private(set) var cookies: [[UInt8]] = []
    private var cookieBytes = 0

    /// Of a header that matters here alone; nil = it is not one of them.
    static func limit(of name: HeaderName) -> Int? {
        switch name {
        case .location: locationLimit
        case .setCookie: cookieLimit
        default: nil
        }
    }

    /// A value that was cut would lead elsewhere, or be another cookie.
    mutating func note(_ name: HeaderName, _ value: UnsafeBufferPointer<UInt8>, isCut: Bool) {
        guard !isCut, !value.isEmpty else { return }
        switch name {
        case .location where location.isEmpty: location = Array(value)
        case .setCookie
        where cookieBytes + value.count <= Self.cookieLimit && cookies.count < ChainCookies.maxCookies:
            cookies.append(Array(value))
            cookieBytes += value.count
        default: break
        }
    }
}
