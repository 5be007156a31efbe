/// The response headers we look at, found by comparing bytes. The raw value is the header's place in a slot's storage.
enum HeaderName: Int {
    case etag
    case lastModified
    case location
    case retryAfter
    case server
    case cfRay
    case cfErrorType
    case cfMitigated
    case cacheControl
    case proxyStatus
    case wafAction
    /// Only of a body that is kept, or if `FetchLimits.tellsContentType`.
    case contentType
    case contentLength
    case contentEncoding
    case setCookie

    /// How many of them have a place in a slot's storage: all but the last three.
    static let storedCount = 12

    /// A part of the value would mean something else: it is kept whole or not at all.
    var isWholeOrNothing: Bool {
        self == .etag || self == .lastModified || self == .cacheControl || self == .contentType
    }

    /// The header that `name` (without the colon) is, whatever its case; nil = none of ours.
    static func find(_ name: UnsafeBufferPointer<UInt8>) -> HeaderName? {
        switch name.count {
        case 4: matches(name, "etag") ? .etag : nil
        case 6: matches(name, "server") ? .server : matches(name, "cf-ray") ? .cfRay : nil
        case 8: matches(name, "location") ? .location : nil
        case 10: matches(name, "set-cookie") ? .setCookie : nil
        case 11: matches(name, "retry-after") ? .retryAfter : nil
        case 12:
            matches(name, "cf-mitigated")
                ? .cfMitigated
                : matches(name, "proxy-status")
                    ? .proxyStatus : matches(name, "content-type") ? .contentType : nil
        case 13:
            matches(name, "last-modified")
                ? .lastModified
                : matches(name, "cf-error-type")
                    ? .cfErrorType : matches(name, "cache-control") ? .cacheControl : nil
        case 14: matches(name, "content-length") ? .contentLength : nil
        case 16: matches(name, "content-encoding") ? .contentEncoding : nil
        case 17: matches(name, "x-amzn-waf-action") ? .wafAction : nil
        default: nil
        }
    }

    private static func matches(_ name: UnsafeBufferPointer<UInt8>, _ wanted: StaticString) -> Bool {
        for i in 0..<name.count where lower(name[i]) != wanted.utf8Start[i] { return false }
        return true
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
