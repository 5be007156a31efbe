/// The lines of a head (RFC 9112 §2.1, §5), up to the blank one; any of them may be a stranger's. Pure.
struct HeadLines: Sequence, IteratorProtocol {
    struct Line {
        /// Without its end.
        var bytes: UnsafeBufferPointer<UInt8>
        /// It ended in CR LF; the end of the head counts too.
        var isEndedWell: Bool

        /// It goes on with the header line before it (RFC 9112 §5.2).
        var isFolded: Bool { bytes.first == UInt8(ascii: " ") || bytes.first == UInt8(ascii: "\t") }

        /// Readers take a line of nothing but blanks, of ASCII or of any other set, for the end of the head.
        var hasVisible: Bool { bytes.contains { (0x21...0x7E).contains($0) } }

        /// What stands before the colon, blanks around it left out: `Transfer-Encoding :` means it too. Empty without a colon.
        var name: UnsafeBufferPointer<UInt8> {
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return .init(start: nil, count: 0) }
            return Self.trimmed(.init(rebasing: bytes[..<colon]))
        }

        /// What stands behind the colon, blanks around it left out.
        var value: UnsafeBufferPointer<UInt8> {
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return bytes }
            return Self.trimmed(.init(rebasing: bytes[(colon + 1)...]))
        }

        /// `lowerCased`: letters in lower case, and no other characters than those of header names.
        func isNamed(_ lowerCased: StaticString) -> Bool {
            let name = name
            guard name.count == lowerCased.utf8CodeUnitCount else { return false }
            for i in 0..<name.count {
                let byte = name[i]
                let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
                guard lower == lowerCased.utf8Start[i] else { return false }
            }
            return true
        }

        static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
            var start = 0
            var end = bytes.count
            while start < end, bytes[start] <= 0x20 { start += 1 }
            while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
            return .init(rebasing: bytes[start..<end])
        }
    }

    private var rest: UnsafeBufferPointer<UInt8>

    init(_ head: UnsafeBufferPointer<UInt8>) { rest = head }

    mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        var line: Line
        if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let hasCR = end > 0 && rest[end - 1] == UInt8(ascii: "\r")
            line = Line(bytes: .init(rebasing: rest[..<(hasCR ? end - 1 : end)]), isEndedWell: hasCR)
            rest = .init(rebasing: rest[(end + 1)...])
        } else {
            line = Line(bytes: rest, isEndedWell: true)
            rest = .init(start: nil, count: 0)
        }
        guard !line.bytes.isEmpty else {
            rest = .init(start: nil, count: 0)
            return nil
        }
        return line
    }
}
