/// Durations (`500ms 8s 30m 1h 7d`) and sizes (`64KiB 16MiB`) as the configuration writes them: a whole number and one
/// unit, without a space.
package enum ConfigScalar {
    private static let durationUnits: [(unit: String, ms: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    private static let sizeUnits: [(unit: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// nil when `text` is no duration, or one of more than 292 million years.
    package static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text),
            let ms = durationUnits.first(where: { $0.unit == unit })?.ms
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: ms)
        return overflow ? nil : .milliseconds(product)
    }

    /// The largest unit that divides it: 3,600,000 ms is `1h`, 90 s is `90s`; zero is `0s`.
    package static func text(_ duration: Duration) -> String {
        let ms = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        guard ms != 0 else { return "0s" }
        let (unit, size) = durationUnits.first { ms % $0.ms == 0 } ?? ("ms", 1)
        return "\(ms / size)\(unit)"
    }

    /// Bytes; nil when `text` is no size or does not fit.
    package static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text), let bytes = sizeUnits.first(where: { $0.unit == unit })?.bytes
        else { return nil }
        let (product, overflow) = Int(number).multipliedReportingOverflow(by: bytes)
        return overflow ? nil : product
    }

    /// The largest unit that divides it; zero is `0B`.
    package static func text(bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        let (unit, size) = sizeUnits.first { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / size)\(unit)"
    }

    private static func split(_ text: String) -> (number: Int64, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int64(digits) else { return nil }
        return (number, String(text.dropFirst(digits.count)))
    }
}
