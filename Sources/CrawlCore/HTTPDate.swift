/// A date as HTTP writes it (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
/// `Sun Nov  6 08:49:37 1994`. The day of the week is not checked.
package enum HTTPDate {
    /// nil if it is no such date. `now` places years of two digits: never more than 50 years ahead.
    package static func parse(_ text: some StringProtocol, now: Instant) -> Instant? {
        let parts = Array(text.utf8).split { " ,-".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
        switch parts.count {
        case 6 where parts[5] == "GMT":
            guard var year = number(parts[3], digits: 2...4) else { return nil }
            if parts[3].utf8.count == 2 { year = century(of: year, now: now) }
            return instant(day: parts[1], month: parts[2], year: year, time: parts[4])
        case 5:
            guard let year = number(parts[4], digits: 4...4) else { return nil }
            return instant(day: parts[2], month: parts[1], year: year, time: parts[3])
        default: return nil
        }
    }

    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func instant(day: String, month: String, year: Int64, time: String) -> Instant? {
        guard let day = number(day, digits: 1...2), let month = months.firstIndex(of: month) else { return nil }
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map {
            number(String($0), digits: 2...2)
        }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: Int64(month) + 1, day: day)
        return Instant(ms: (days * 86400 + hour * 3600 + minute * 60 + second) * 1000)
    }

    private static func number(_ text: String, digits: ClosedRange<Int>) -> Int64? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }

    private static func century(of year: Int64, now: Instant) -> Int64 {
        let thisYear = 1970 + now.ms / 31_556_952_000
        let guess = thisYear - thisYear % 100 + year
        return guess > thisYear + 50 ? guess - 100 : guess
    }

    /// The proleptic Gregorian calendar, counted in eras of 400 years that start in March.
    package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
