/// Sizes as the configuration writes them: a whole number and one of `B`, `KiB`, `MiB`, `GiB`, `TiB`, without a space.
package enum SizeText {
    private static let units: [(unit: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// nil when `text` is no size or does not fit.
    package static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = Int(digits), let size = units.first(where: { $0.unit == unit })?.bytes else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: size)
        return overflow ? nil : product
    }

    /// The largest unit that divides it; zero is `0B`.
    package static func text(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        let (unit, size) = units.first { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / size)\(unit)"
    }
}
