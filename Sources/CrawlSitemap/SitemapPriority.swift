/// `<priority>` (sitemaps.org: 0.0 to 1.0, 0.5 if not said) as a priority of ours: 0.0 → −10, 0.5 → 0, 1.0 → 10.
enum SitemapPriority {
    /// nil unless `text` is digits, perhaps with a point among them, of at most 1.
    static func parse(_ text: [UInt8]) -> Int? {
        guard (1...32).contains(text.count) else { return nil }
        var thousandths = 0
        var digits = 0
        var decimals: Int?
        for byte in text {
            switch byte {
            case UInt8(ascii: "."):
                guard decimals == nil else { return nil }
                decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard decimals ?? 0 < 3 else { continue }
                thousandths = thousandths * 10 + Int(byte - UInt8(ascii: "0"))
                guard thousandths <= 1000 else { return nil }
                if let known = decimals { decimals = known + 1 }
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        for _ in (decimals ?? 0)..<3 { thousandths *= 10 }
        guard thousandths <= 1000 else { return nil }
        return (thousandths * 20 + 500) / 1000 - 10
    }
}
