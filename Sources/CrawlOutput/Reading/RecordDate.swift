internal import CrawlCore

/// A date as records carry it, read back. Pure.
enum RecordDate {
    /// Of `2026-02-28T23:59:59.123Z`, with a fraction or without; nil = it is none.
    static func instant(_ text: some Collection<UInt8>) -> Instant? {
        let bytes = Array(text.prefix(40))
        let form = Array("dddd-dd-ddTdd:dd:dd".utf8)
        guard bytes.count == text.count, bytes.count > form.count, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (byte, wanted) in zip(bytes, form) {
            guard wanted == UInt8(ascii: "d") ? isDigit(byte) : byte == wanted else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
        let fraction = bytes[form.count..<(bytes.count - 1)]
        var ms: Int64 = 0
        if !fraction.isEmpty {
            guard fraction.first == UInt8(ascii: "."), fraction.count > 1, fraction.dropFirst().allSatisfy(isDigit)
            else { return nil }
            let digits = Array(fraction.dropFirst().prefix(3)) + [0x30, 0x30, 0x30]
            ms = digits.prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        let (month, day) = (number(5..<7), number(8..<10))
        guard (1...12).contains(month), (1...31).contains(day), number(11..<13) < 24, number(14..<16) < 60,
            number(17..<19) <= 60
        else { return nil }
        let seconds = number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
        return Instant(ms: (days(year: number(0..<4), month: month, day: day) * 86_400 + seconds) * 1000 + ms)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Since 1970-01-01; see `DateParts`.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
