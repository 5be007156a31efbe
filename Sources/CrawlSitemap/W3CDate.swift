internal import CrawlCore

/// `<lastmod>`: W3C Datetime (NOTE-datetime-19980827), a profile of ISO 8601: `2026-02-28`, `2026-02-28Z`,
/// `2026-02-28T23:59+01:00`, `2026-02-28T23:59:59.25Z`.
///
/// Often met and taken too: a blank instead of the T, no zone (then UTC), a zone without its colon. A year or a month
/// alone says too little to fetch a page again for, and is no date here.
enum W3CDate {
    /// The last moment that `text` may mean: of a day without a time that is its last millisecond, because the page may
    /// have changed after it was fetched on that day. nil if it is no such date.
    static func latest(_ text: [UInt8]) -> Instant? {
        var rest = text[...]
        guard let year = number(&rest, 4), skip(&rest, "-"), let month = number(&rest, 2), skip(&rest, "-"),
            let day = number(&rest, 2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = HTTPDate.daysSinceEpoch(year: year, month: month, day: day)
        let nextMonth = HTTPDate.daysSinceEpoch(
            year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
        guard days < nextMonth else { return nil }
        let midnight = days * 86_400_000
        if rest.isEmpty { return Instant(ms: midnight + 86_399_999) }
        // A day with its zone, as XML Schema's `date` has it.
        if "Zz+-".utf8.contains(rest[rest.startIndex]) {
            guard let zone = zone(&rest), rest.isEmpty else { return nil }
            return Instant(ms: midnight + 86_399_999 - zone)
        }
        guard skip(&rest, "T") || skip(&rest, "t") || skip(&rest, " "), let time = timeOfDay(&rest),
            let zone = zone(&rest), rest.isEmpty
        else { return nil }
        return Instant(ms: midnight + time - zone)
    }

    /// Milliseconds since midnight.
    private static func timeOfDay(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard let hour = number(&rest, 2), skip(&rest, ":"), let minute = number(&rest, 2), hour < 24, minute < 60
        else { return nil }
        var ms = (hour * 60 + minute) * 60_000
        guard skip(&rest, ":") else { return ms }
        guard let second = number(&rest, 2), second <= 60 else { return nil }
        ms += second * 1000
        guard skip(&rest, ".") || skip(&rest, ",") else { return ms }
        let digits = rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return ms + (Array(digits.prefix(3)) + [48, 48]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    /// Milliseconds ahead of UTC.
    private static func zone(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        if rest.isEmpty || skip(&rest, "Z") || skip(&rest, "z") { return 0 }
        let isBehind = skip(&rest, "-")
        guard isBehind || skip(&rest, "+"), let hours = number(&rest, 2), hours < 24 else { return nil }
        _ = skip(&rest, ":")
        guard let minutes = rest.isEmpty ? 0 : number(&rest, 2), minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isBehind ? -60_000 : 60_000)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ digits: Int) -> Int64? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return text.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private static func skip(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}
