internal import CrawlCore

/// Records are built from bytes in one buffer that is used again.
extension [UInt8] {
    mutating func put(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `digits`: at least so many, zeros in front; a number below zero is written as 0.
    mutating func put(_ number: Int64, digits: Int = 1) {
        var rest = Swift.max(0, number)
        var power: Int64 = 1
        var count = 1
        while rest / power >= 10 {
            power *= 10
            count += 1
        }
        for _ in 0..<Swift.max(0, digits - count) { append(UInt8(ascii: "0")) }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        }
    }

    /// `2026-02-28T23:59:59.123Z`. Years that four digits cannot say become the nearest that they can.
    mutating func put(_ date: Instant) {
        let parts = DateParts(date)
        put(parts.year, digits: 4)
        put("-")
        put(parts.month, digits: 2)
        put("-")
        put(parts.day, digits: 2)
        put("T")
        put(parts.hour, digits: 2)
        put(":")
        put(parts.minute, digits: 2)
        put(":")
        put(parts.second, digits: 2)
        put(".")
        put(parts.millisecond, digits: 3)
        put("Z")
    }

    mutating func put(hex: some Sequence<UInt8>) {
        let digits: StaticString = "0123456789abcdef"
        for byte in hex {
            append(digits.utf8Start[Int(byte >> 4)])
            append(digits.utf8Start[Int(byte & 15)])
        }
    }

    /// A text of a stranger's as the value of a field: what would end the line or hide in it is a `?`.
    mutating func put(value: some Sequence<UInt8>) {
        for byte in value { append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte) }
    }

    /// A URI as the value of a field: no blank and no control character is left bare.
    mutating func put(uri: some Sequence<UInt8>) {
        for byte in uri {
            guard byte <= 0x20 || byte == 0x7F else {
                append(byte)
                continue
            }
            put("%")
            put(hex: CollectionOfOne(byte))
        }
    }
}

/// A time of the proleptic Gregorian calendar, in UTC.
struct DateParts {
    var year, month, day, hour, minute, second, millisecond: Int64

    init(_ date: Instant) {
        // 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
        let ms = min(max(date.ms, -62_167_219_200_000), 253_402_300_799_999)
        let days = (ms >= 0 ? ms : ms - 86_399_999) / 86_400_000
        let rest = ms - days * 86_400_000
        // Years begin in March, so that the leap day is the last of its year; an era is the 146,097 days after which the
        // calendar repeats.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
    }
}
