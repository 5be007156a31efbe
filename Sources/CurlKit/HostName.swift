/// The host of a URL in canonical form. Plain names need no table and are done here; what does need one is libcurl's
/// (`CurlHost`): IDN and IPv4 in any notation. Its IPv6 has two forms of one address and is not used.
///
/// A name has labels of 1…63 letters, digits, `-` and `_`, 253 bytes in all, and may end with a dot (another name: it is
/// searched for in no domain). Escapes are decoded once (RFC 3986 §3.2.2, WHATWG "host parser"). A host whose last label
/// is a number is an IPv4 address or nothing (WHATWG "ends in a number").
enum HostName {
    static func append(_ host: ArraySlice<UInt8>, to result: inout [UInt8]) throws(URLRejection) {
        guard let first = host.first else { throw URLRejection(.invalidURL, "the host is missing") }
        let start = result.count
        if first != UInt8(ascii: "["), appendName(host, to: &result), !endsInNumber(result[start...]) { return }
        result.removeLast(result.count - start)
        guard host.count <= 1024 else { throw URLRejection(.invalidURL, "the host is too long") }
        if first == UInt8(ascii: "[") {
            guard let text = IPv6Text.canonical(host) else {
                throw URLRejection(.invalidURL, "what is in [ ] is no IPv6 address")
            }
            return result += text
        }

        var name = try decoded(host)
        if !name.allSatisfy({ $0 < 0x80 }) { name = try CurlHost.ascii(name) }
        if let byte = name.first(where: { !ByteSet.name.contains($0) }) {
            throw URLRejection(
                .invalidURL, "a character that no host has: \(Unicode.Scalar(byte).escaped(asASCII: true))")
        }
        if endsInNumber(name[...]) {
            let quad = try CurlHost.number(name)
            guard isDottedQuad(quad) else {
                throw URLRejection(.invalidURL, "the host is neither a name nor an address")
            }
            result += quad
        } else if !appendName(name[...], to: &result) {
            throw URLRejection(
                .invalidURL, "a label of the host is empty or longer than 63 bytes, or the host than 253")
        }
    }

    /// False, with `result` in any state, if it is no name in ASCII.
    private static func appendName(_ host: ArraySlice<UInt8>, to result: inout [UInt8]) -> Bool {
        var label = 0
        var length = 0
        for byte in host {
            guard ByteSet.name.contains(byte) else { return false }
            result.append(ByteSet.letter.contains(byte) ? byte | 0x20 : byte)
            length += 1
            if byte != UInt8(ascii: ".") {
                label += 1
                if label > 63 { return false }
            } else {
                if label == 0 { return false }
                label = 0
            }
        }
        // A dot at the end counts for nothing (RFC 1035 §2.3.4).
        return length > 0 && length - (label == 0 ? 1 : 0) <= 253
    }

    /// A last label of digits, or of `0x` and hexadecimal digits; a dot behind it does not matter.
    private static func endsInNumber(_ name: ArraySlice<UInt8>) -> Bool {
        let dot = UInt8(ascii: ".")
        let name = name.last == dot ? name.dropLast() : name
        let label = name[(name.lastIndex(of: dot).map { $0 + 1 } ?? name.startIndex)...]
        guard let first = label.first, ByteSet.digit.contains(first) else { return false }
        if label.allSatisfy(ByteSet.digit.contains) { return true }
        let rest = label.dropFirst()
        return first == UInt8(ascii: "0") && rest.first.map { $0 | 0x20 } == UInt8(ascii: "x")
            && rest.dropFirst().allSatisfy(ByteSet.hexDigit.contains)
    }

    private static func isDottedQuad(_ text: [UInt8]) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.allSatisfy(ByteSet.digit.contains) && (1...3).contains(part.count)
                    && (part.count == 1 || part.first != UInt8(ascii: "0"))
                    && part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }

    private static func decoded(_ host: ArraySlice<UInt8>) throws(URLRejection) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(host.count)
        var i = host.startIndex
        while i < host.endIndex {
            var byte = host[i]
            if byte == UInt8(ascii: "%") {
                guard i + 2 < host.endIndex, let high = hexValue(host[i + 1]), let low = hexValue(host[i + 2]) else {
                    throw URLRejection(.invalidURL, "a % in the host begins no escape")
                }
                byte = high << 4 | low
                i += 2
            }
            result.append(byte)
            i += 1
        }
        return result
    }
}
