/// By which encoding a document is read (RFC 7303 §3): its byte-order mark, else the `charset` of its Content-Type, else
/// what it declares itself, else UTF-8. The bytes have the last word on UTF-16: text without a NUL is none, whoever says
/// so, and text that begins with a NUL and a character is nothing else.
enum EncodingChoice: Hashable {
    case encoding(CharacterEncoding)
    /// It is declared, and not one of those that we know.
    case unknown

    /// What is looked at of a document before its declaration has to have ended.
    static let headBytes = 1024

    /// How a document that declares its encoding begins.
    private static let declaration = Array("<?xml".utf8)

    /// `head` begins the document and loses what stands before its text: a byte-order mark, blanks. `charset`: of the
    /// Content-Type; nil = none that we know. nil = more of the document is needed; never if `isWhole`.
    static func choose(_ head: inout [UInt8], charset: CharacterEncoding?, isWhole: Bool) -> EncodingChoice? {
        while true {
            guard head.count >= declaration.count || isWhole else { return nil }
            if let choice = byMark(&head) ?? byZeros(head) { return choice }
            let blanks = head.prefix { Blanks.isBlank($0) }.count
            if blanks == 0 { break }
            head.removeFirst(blanks)
        }
        if let charset, !charset.isUTF16 { return .encoding(charset) }
        guard head.starts(with: declaration) else { return .encoding(.utf8) }
        let start = head.prefix(headBytes)
        guard let end = start.firstIndex(of: UInt8(ascii: ">")) else {
            return isWhole || head.count >= headBytes ? .encoding(.utf8) : nil
        }
        guard let label = declared(start[..<end]) else { return .encoding(.utf8) }
        guard let encoding = CharacterEncoding(label: label) else { return .unknown }
        return .encoding(encoding.isUTF16 ? .utf8 : encoding)
    }

    private static func byMark(_ head: inout [UInt8]) -> EncodingChoice? {
        // UTF-32, of which nobody but XML's own appendix F knows.
        if [[0xff, 0xfe, 0, 0], [0, 0, 0xfe, 0xff]].contains(where: { head.starts(with: $0) }) { return .unknown }
        let marks: [([UInt8], CharacterEncoding)] = [
            ([0xef, 0xbb, 0xbf], .utf8), ([0xfe, 0xff], .utf16BE), ([0xff, 0xfe], .utf16LE),
        ]
        guard let (mark, encoding) = marks.first(where: { head.starts(with: $0.0) }) else { return nil }
        head.removeFirst(mark.count)
        return .encoding(encoding)
    }

    private static func byZeros(_ head: [UInt8]) -> EncodingChoice? {
        guard head.count >= 2 else { return nil }
        let isFollowed = head.count < 4 || head[2] != 0 || head[3] != 0
        switch (head[0], head[1]) {
        case (0, 0): return .unknown
        case (0, _): return .encoding(.utf16BE)
        case (_, 0): return isFollowed ? .encoding(.utf16LE) : .unknown
        default: return nil
        }
    }

    /// The value of `encoding` in an XML declaration (XML 1.0 §2.8, [80]).
    private static func declared(_ declaration: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let name = Array("encoding".utf8)
        var rest = declaration
        while let at = rest.firstIndex(of: name[0]) {
            rest = rest[at...]
            guard rest.starts(with: name) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(name.count).drop { Blanks.isBlank($0) }
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop { Blanks.isBlank($0) }
            guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
            return rest.dropFirst().prefix { $0 != quote }
        }
        return nil
    }
}
