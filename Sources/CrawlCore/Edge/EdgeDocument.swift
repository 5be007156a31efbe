/// The document in which Cloudflare tells programs of an error of its own: the members of RFC 9457 and some more, as JSON
/// or as the front matter of a Markdown page (Cloudflare's changelog, 2026-03-12 and 2026-04-27).
///
/// Anybody can write one: what it says counts only where `init(_:status:ray:)` finds it signed.
struct EdgeDocument: Sendable, Hashable {
    /// `error_code`: 1xxx, or a status; nil = it has none, or it was cut before.
    private(set) var code: Int?
    /// `error_name`, such as `connection_timeout`.
    private(set) var name: String?
    /// `error_category`, whose fault it is: `origin`, `cloudflare`, `ssl` and so on.
    private(set) var category: String?
    /// `retryable`: the same request may fare better later.
    private(set) var isRetryable: Bool?
    /// `retry_after`.
    private(set) var retryAfter: Duration?
    /// `ray_id`: 16 hex digits, without the data centre.
    private var ray: String?
    /// `cloudflare_error: true`.
    private var isCloudflares = false

    /// What the first bytes of the body have, if they are such a document about this very answer.
    ///
    /// - Parameters:
    ///   - head: at most `FetchDetails.bodyHead`; what stands before a cut is read.
    ///   - ray: of the header `cf-ray`, well-formed. A document about another request is a page like any other: an origin
    ///     may pass on what an edge in front of its own backend said.
    init?(_ head: [UInt8], status: Int32, ray: String) {
        guard status >= 400, let members = Self.members(head) else { return nil }
        for (key, value) in members { note(key, value) }
        guard isCloudflares, let own = self.ray, own.utf8.count == 16, ray.hasPrefix(own),
            code.map({ EdgeCode.fits($0, status) }) ?? true
        else { return nil }
    }

    /// The first of several members of one name counts.
    private mutating func note(_ key: String, _ value: String) {
        switch key {
        case "cloudflare_error": isCloudflares = isCloudflares || value == "true"
        case "error_code": code = code ?? Self.number(value)
        case "error_name": name = name ?? Self.word(value)
        case "error_category": category = category ?? Self.word(value)
        case "retryable": isRetryable = isRetryable ?? (value == "true" ? true : value == "false" ? false : nil)
        case "retry_after": retryAfter = retryAfter ?? RetryAfter.seconds(value)
        case "ray_id": ray = ray ?? value
        default: break
        }
    }

    private static func members(_ head: [UInt8]) -> [(key: String, value: String)]? {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = head.dropFirst(head.starts(with: mark) ? mark.count : 0)
        guard let first = text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
        switch first {
        case UInt8(ascii: "{"): return FlatJSON.members(text)
        case UInt8(ascii: "-"): return FrontMatter.members(text)
        default: return nil
        }
    }

    private static func number(_ value: String) -> Int? {
        guard (3...4).contains(value.utf8.count), value.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(value)
    }

    /// Names are words; whatever else is there is nothing to show to people.
    private static func word(_ value: String) -> String? {
        guard (1...64).contains(value.utf8.count) else { return nil }
        let isWord = value.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                || byte == 45
        }
        return isWord ? value : nil
    }
}
