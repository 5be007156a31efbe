import Foundation

/// The form of an address range: `address/prefix`, IPv4 or IPv6.
enum AddressRangeText {
    /// False also when a bit behind the prefix is set: `127.0.0.1/8` is more likely a mistake than a range.
    static func isValid(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = parts.first.flatMap({ bytes(of: String($0)) }),
            let digits = parts.last, (1...3).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let prefix = Int(digits), prefix <= address.count * 8
        else { return false }
        return address.enumerated().allSatisfy { index, byte in
            let kept = min(8, max(0, prefix - index * 8))
            return kept == 8 || byte & (0xff >> UInt8(kept)) == 0
        }
    }

    private static func bytes(of address: String) -> [UInt8]? {
        guard !address.utf8.contains(0) else { return nil }
        for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: length)
            if inet_pton(family, address, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
