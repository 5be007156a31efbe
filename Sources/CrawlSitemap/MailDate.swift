internal import CrawlCore

/// A date as mail writes it (RFC 5322 §3.3, with the older forms of §4.3 and RFC 822 §5): `Sat, 28 Nov 2026 23:59:59
/// +0100`, `28 Nov 26 23:59 GMT`. The day of the week is not looked at.
///
/// Often met and taken too: names of months written out, a zone with a colon or behind `GMT`, no zone (then UTC), and no
/// time (then the day's last moment counts).
enum MailDate {
    /// nil if it is no such date.
    static func latest(_ text: [UInt8]) -> Instant? {
        guard text.count <= 128 else { return nil }
        var words = uncommented(text).split { Blanks.isBlank($0) || $0 == UInt8(ascii: ",") }[...]
        if let first = words.first, first.first.map(isLetter) ?? false { words = words.dropFirst() }
        // `28-Nov-2026`, of RFC 850.
        if let first = words.first, first.contains(UInt8(ascii: "-")) {
            words = (first.split(separator: UInt8(ascii: "-")) + words.dropFirst())[...]
        }
        guard let day = words.popFirst().flatMap({ number($0, 1...2) }), let month = words.popFirst().flatMap(month),
            let year = words.popFirst().flatMap(year), let midnight = midnight(year, month, day)
        else { return nil }
        guard let clock = words.popFirst() else { return Instant(ms: midnight + 86_399_999) }
        guard let time = time(clock), let zone = zone(words) else { return nil }
        return Instant(ms: midnight + time - zone)
    }

    /// Comments stand in parentheses, inside one another too (RFC 5322 §3.2.2).
    private static func uncommented(_ text: [UInt8]) -> [UInt8] {
        var depth = 0
        return text.filter { byte in
            if byte == UInt8(ascii: "(") { depth += 1 }
            defer { if byte == UInt8(ascii: ")"), depth > 0 { depth -= 1 } }
            return depth == 0
        }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func month(_ word: ArraySlice<UInt8>) -> Int64? {
        guard word.allSatisfy({ isLetter($0) || $0 == UInt8(ascii: ".") }) else { return nil }
        let name = lower(word.prefix(3))
        return months.firstIndex(of: name).map { Int64($0) + 1 }
    }

    /// RFC 5322 §4.3: of two digits below 50 it is of this century; three count from 1900.
    private static func year(_ word: ArraySlice<UInt8>) -> Int64? {
        guard let year = number(word, 2...4) else { return nil }
        switch word.count {
        case 2: return year < 50 ? 2000 + year : 1900 + year
        case 3: return 1900 + year
        default: return year
        }
    }

    private static func midnight(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let days = HTTPDate.daysSinceEpoch(year: year, month: month, day: day)
        let nextMonth = HTTPDate.daysSinceEpoch(
            year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
        return day >= 1 && days < nextMonth ? days * 86_400_000 : nil
    }

    /// Milliseconds since midnight.
    private static func time(_ word: ArraySlice<UInt8>) -> Int64? {
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = number(parts[0], 1...2), let minute = number(parts[1], 2...2),
            let second = parts.count == 3 ? number(parts[2].prefix { $0 != UInt8(ascii: ".") }, 2...2) : 0,
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1000
    }

    /// Milliseconds ahead of UTC. A name that is none of these says nothing (RFC 5322 §4.3): UTC.
    private static func zone(_ words: ArraySlice<ArraySlice<UInt8>>) -> Int64? {
        guard words.count <= 2, var word = words.first else { return words.isEmpty ? 0 : nil }
        let name = word.prefix(while: isLetter)
        word = word.dropFirst(name.count)
        // `GMT+0100`, `GMT +0100`, `UTC`.
        if word.isEmpty, words.count == 2, let second = words.last { word = second }
        guard let sign = word.first else { return (hours[lower(name)] ?? 0) * 3_600_000 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = word.dropFirst().filter { $0 != UInt8(ascii: ":") }[...]
        guard let value = number(digits, 1...4) else { return nil }
        let minutes = digits.count <= 2 ? value * 60 : value / 100 * 60 + value % 100
        guard minutes < 24 * 60 else { return nil }
        return minutes * (sign == UInt8(ascii: "-") ? -60_000 : 60_000)
    }

    private static let hours: [String: Int64] = [
        "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    ]

    private static func number(_ word: ArraySlice<UInt8>, _ digits: ClosedRange<Int>) -> Int64? {
        guard digits.contains(word.count), word.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return word.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

    private static func lower(_ word: ArraySlice<UInt8>) -> String {
        String(decoding: word.map { $0 | 0x20 }, as: UTF8.self)
    }
}
