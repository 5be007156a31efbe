import Glibc

/// Names the machine's present run (random(4), boot_id). A sandbox that hides what the kernel tells of itself
/// (`ProcSubset=pid`) hides that too: the unit hands it over.
enum BootID {
    static let variable = "CRAWLD_BOOT_ID"

    /// 16 bytes; zeros if it is not to be had.
    static let bytes: [UInt8] = {
        let given = getenv(variable).map { Array(String(cString: $0).utf8) }
        return parsed(given ?? []) ?? parsed(InFlightFile.read("/proc/sys/kernel/random/boot_id", limit: 64))
            ?? [UInt8](repeating: 0, count: 16)
    }()

    /// Of hexadecimal digits, whatever else stands between them; nil if they are too few or too many.
    static func parsed(_ text: [UInt8]) -> [UInt8]? {
        let digits = text.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 32 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// For where a number is kept; never below 0.
    static var number: Int64 { bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) } & .max >> 3 }
}
