/// Durations as configuration and API write them: a whole number and one of `ms`, `s`, `m`, `h`, `d`. `never` is no
/// duration: where it is allowed, callers look for it first.
package enum DurationText {
    package static func duration(_ text: String) -> Duration? {
        var text = text
        return text.withUTF8 { duration($0) }
    }

    /// nil for anything else: signs, fractions, blanks, a number without a unit, more milliseconds than 64 bits hold.
    package static func duration(_ bytes: UnsafeBufferPointer<UInt8>) -> Duration? {
        var value: Int64 = 0
        var i = 0
        while i < bytes.count, bytes[i] &- UInt8(ascii: "0") < 10 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int64(bytes[i] - UInt8(ascii: "0")))
            guard !overflow, !overflow2 else { return nil }
            value = sum
            i += 1
        }
        guard i > 0, let unit = milliseconds(ofUnit: bytes, from: i) else { return nil }
        let (ms, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? nil : .milliseconds(ms)
    }

    /// The largest unit that leaves no rest; parts of a millisecond are cut, negative durations are written as `0s`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let rest = attoseconds / 1_000_000_000_000_000
        guard seconds > 0 || rest > 0 else { return "0s" }
        if rest != 0 {
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            let (ms, overflow2) = product.addingReportingOverflow(rest)
            return overflow || overflow2 ? "\(seconds)s" : "\(ms)ms"
        }
        for (size, unit) in [(Int64(86_400), "d"), (3600, "h"), (60, "m")] where seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    private static func milliseconds(ofUnit bytes: UnsafeBufferPointer<UInt8>, from i: Int) -> Int64? {
        if bytes.count == i + 2, bytes[i] == UInt8(ascii: "m"), bytes[i + 1] == UInt8(ascii: "s") { return 1 }
        guard bytes.count == i + 1 else { return nil }
        switch bytes[i] {
        case UInt8(ascii: "s"): return 1000
        case UInt8(ascii: "m"): return 60_000
        case UInt8(ascii: "h"): return 3_600_000
        case UInt8(ascii: "d"): return 86_400_000
        default: return nil
        }
    }
}
