/// The value of a Retry-After header (RFC 9110 §10.2.3): seconds, or a date in one of the three forms of §5.6.7.
package enum RetryAfter {
    /// Longer waits are absurd; shorter ones are still cut by `politeness.max_retry_after`.
    package static let longest = Duration.seconds(366 * 86400)

    /// nil for what cannot be read, a date that has passed, and anything over `longest`.
    package static func parse(_ value: String, now: Instant) -> Duration? {
        let text = value.drop { $0 == " " || $0 == "\t" }.prefix(64)
        let trimmed = text.lastIndex { $0 != " " && $0 != "\t" }.map { text[...$0] } ?? ""
        guard !trimmed.isEmpty else { return nil }
        if trimmed.utf8.allSatisfy({ (48...57).contains($0) }) { return seconds(trimmed) }
        guard let date = HTTPDate.parse(trimmed, now: now) else { return nil }
        return usable(date - now)
    }

    /// Whole seconds, as the header and the edge's documents give them; nil for anything else, and over `longest`.
    static func seconds(_ text: some StringProtocol) -> Duration? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text).flatMap { usable(.seconds($0)) }
    }

    private static func usable(_ wait: Duration) -> Duration? { wait >= .zero && wait <= longest ? wait : nil }
}
