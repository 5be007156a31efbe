internal import Glibc

/// An IPv6 address between `[` and `]` in the form that WHATWG's "IPv6 serializer" gives it: RFC 5952 §4, with an IPv4
/// address inside it in hexadecimal too. libcurl 7.88 rewrites an address only if that makes it shorter.
enum IPv6Text {
    /// nil if it is none. Zones (RFC 6874) and future versions are none: they mean nothing to anybody else.
    static func canonical(_ host: ArraySlice<UInt8>) -> [UInt8]? {
        guard host.count <= 2 + Int(INET6_ADDRSTRLEN), host.count > 2, host.last == UInt8(ascii: "]"),
            host.dropFirst().dropLast().allSatisfy(ByteSet.address.contains)
        else { return nil }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(decoding: host.dropFirst().dropLast(), as: UTF8.self), &address) == 1 else {
            return nil
        }
        let groups = withUnsafeBytes(of: address) { bytes in
            stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        }
        return Array("[\(text(groups))]".utf8)
    }

    private static func text(_ groups: [UInt16]) -> String {
        func hex(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        let zeros = longestZeros(groups)
        guard zeros.count > 1 else { return hex(groups[...]) }
        return hex(groups[..<zeros.lowerBound]) + "::" + hex(groups[zeros.upperBound...])
    }

    /// The first of the longest.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (i, group) in groups.enumerated() {
            if group != 0 { start = i + 1 } else if i + 1 - start > longest.count { longest = start..<(i + 1) }
        }
        return longest
    }
}
