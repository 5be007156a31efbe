/// RFC 3339 in UTC with milliseconds, `2026-02-28T23:59:59.123Z`: how every time is written in JSON. Works on
/// milliseconds since 1970-01-01T00:00:00Z, without a calendar library.
package enum Timestamp {
    /// 0000-01-01T00:00:00.000Z.
    package static let earliest: Int64 = -62_167_219_200_000
    /// 9999-12-31T23:59:59.999Z.
    package static let latest: Int64 = 253_402_300_799_999

    /// Times that four digits of year cannot say are written as `earliest` or `latest`.
    package static func text(_ ms: Int64) -> String {
        let clamped = min(max(ms, earliest), latest)
        let days = Int(floorDivide(clamped, 86_400_000))
        let rest = Int(clamped - Int64(days) * 86_400_000)
        let (year, month, day) = date(ofDay: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        put(year, digits: 4, then: "-", to: &bytes)
        put(month, digits: 2, then: "-", to: &bytes)
        put(day, digits: 2, then: "T", to: &bytes)
        put(rest / 3_600_000, digits: 2, then: ":", to: &bytes)
        put(rest / 60_000 % 60, digits: 2, then: ":", to: &bytes)
        put(rest / 1000 % 60, digits: 2, then: ".", to: &bytes)
        put(rest % 1000, digits: 3, then: "Z", to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { milliseconds($0) }
    }

    /// Any RFC 3339 time: `T` and `Z` in either case, any number of fraction digits (cut to milliseconds), or an offset
    /// `±hh:mm`. nil for everything else, also for a leap second.
    package static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var i = 19
        var fraction = 0
        if bytes[i] == UInt8(ascii: ".") {
            i += 1
            let start = i
            while i < bytes.count, bytes[i] &- UInt8(ascii: "0") < 10 {
                if i - start < 3 { fraction = fraction * 10 + Int(bytes[i] - UInt8(ascii: "0")) }
                i += 1
            }
            guard i > start else { return nil }
            for _ in 0..<max(0, 3 - (i - start)) { fraction *= 10 }
        }
        guard let offset = offset(bytes, from: i) else { return nil }
        let seconds = ((dayNumber(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset * 60
        return Int64(seconds) * 1000 + Int64(fraction)
    }

    /// Minutes east of UTC.
    private static func offset(_ bytes: UnsafeBufferPointer<UInt8>, from i: Int) -> Int? {
        guard i < bytes.count else { return nil }
        if bytes[i] | 0x20 == UInt8(ascii: "z") { return i + 1 == bytes.count ? 0 : nil }
        guard i + 6 == bytes.count, bytes[i + 3] == UInt8(ascii: ":"), let hour = number(bytes, i + 1, 2),
            let minute = number(bytes, i + 4, 2), hour < 24, minute < 60
        else { return nil }
        switch bytes[i] {
        case UInt8(ascii: "+"): return hour * 60 + minute
        case UInt8(ascii: "-"): return -(hour * 60 + minute)
        default: return nil
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ digits: Int) -> Int? {
        var value = 0
        for i in start..<(start + digits) {
            let digit = bytes[i] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func put(_ value: Int, digits: Int, then separator: Unicode.Scalar, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
        bytes.append(UInt8(ascii: separator))
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. Years begin in March here, so that the leap day is the last of its year; an era is the
    /// 146,097 days after which the calendar repeats.
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = Int(floorDivide(Int64(marchYear), 400))
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `dayNumber`.
    private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int(floorDivide(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1
        )
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        a >= 0 ? a / b : (a - b + 1) / b
    }
}
