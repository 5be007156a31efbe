internal import CIconv
internal import Glibc

/// Makes UTF-8 of a document's bytes as they come. It holds back a character that has not ended, nothing else.
///
/// Not for more than one thread at a time.
final class CharacterDecoder {
    private static let pieceBytes = 64 << 10
    /// No character of any encoding is as long, shifts into other tables included.
    private static let longestCharacter = 32

    private let encoding: CharacterEncoding
    /// nil = UTF-8, which is only checked, or there is a table.
    private let conversion: iconv_t?
    private let table: SingleByteTable?
    private var rest: [UInt8] = []

    /// nil if the system does not have the encoding.
    init?(_ encoding: CharacterEncoding) {
        self.encoding = encoding
        guard encoding != .utf8, !encoding.isSingleByte else {
            conversion = nil
            table = encoding == .utf8 ? nil : SingleByteTable(encoding)
            if encoding != .utf8, table == nil { return nil }
            return
        }
        table = nil
        let opened = iconv_open(CharacterEncoding.utf8.rawValue, encoding.rawValue)
        guard let opened, Int(bitPattern: opened) != -1 else { return nil }
        conversion = opened
    }

    deinit { if let conversion { iconv_close(conversion) } }

    /// `isLast`: nothing follows, and a character that has not ended is a false byte.
    func decode(_ bytes: some Collection<UInt8>, isLast: Bool = false) -> DecodedText {
        var text = DecodedText()
        if let table {
            table.decode(bytes, into: &text)
            return text
        }
        var input = rest
        input.append(contentsOf: bytes)
        let used = conversion.map { convert(&input, $0, isLast, &text) } ?? check(input, isLast, &text)
        rest = Array(input[used...])
        return text
    }

    // MARK: UTF-8

    /// Each false sequence is one U+FFFD, as long as it could be the begin of a right one (Encoding Standard, "UTF-8
    /// decoder"). Returns how many bytes are dealt with.
    private func check(_ input: [UInt8], _ isLast: Bool, _ text: inout DecodedText) -> Int {
        input.withUnsafeBufferPointer { input in
            var run = 0
            var at = 0
            while at < input.count {
                if input[at] < 0x80 {
                    at += 1
                    continue
                }
                switch Self.sequence(input, at) {
                case .character(let length): at += length
                case .unfinished where !isLast:
                    text.append(input[run..<at])
                    return at
                case .unfinished:
                    text.append(input[run..<at])
                    text.appendFalse()
                    return input.count
                case .false(let length):
                    text.append(input[run..<at])
                    text.appendFalse()
                    at += length
                    run = at
                }
            }
            text.append(input[run...])
            return at
        }
    }

    private enum Sequence {
        case character(Int)
        case `false`(Int)
        case unfinished
    }

    /// RFC 3629 §4.
    private static func sequence(_ input: UnsafeBufferPointer<UInt8>, _ at: Int) -> Sequence {
        let length: Int
        var allowed: ClosedRange<UInt8> = 0x80...0xbf
        switch input[at] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, allowed) = (3, 0xa0...0xbf)
        case 0xed: (length, allowed) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, allowed) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, allowed) = (4, 0x80...0x8f)
        default: return .false(1)
        }
        for offset in 1..<length {
            guard at + offset < input.count else { return .unfinished }
            guard allowed.contains(input[at + offset]) else { return .false(offset) }
            allowed = 0x80...0xbf
        }
        return .character(length)
    }

    // MARK: Others

    /// Returns how many bytes are dealt with.
    private func convert(
        _ input: inout [UInt8], _ conversion: iconv_t, _ isLast: Bool, _ text: inout DecodedText
    ) -> Int {
        var piece = [CChar](repeating: 0, count: Self.pieceBytes)
        return input.withUnsafeMutableBytes { input in
            var at = 0
            while at < input.count {
                switch run(conversion, UnsafeMutableRawBufferPointer(rebasing: input[at...]), &at, &piece, &text) {
                case nil, E2BIG: break
                case EINVAL where !isLast && input.count - at < Self.longestCharacter: return at
                case EINVAL where isLast:
                    text.appendFalse()
                    at = input.count
                case _ where encoding == .shiftJIS && input[at] == 0x80:
                    text.append([0xc2, 0x80] as [UInt8])  // a control of that number, by the standard
                    at += 1
                default:
                    text.appendFalse()
                    at = min(input.count, at + (encoding.isUTF16 ? 2 : 1))
                }
            }
            // What it holds back to see whether another character joins.
            if isLast { _ = run(conversion, nil, &at, &piece, &text) }
            return at
        }
    }

    /// `input`: nil = there is no more. What came of it goes to `text`. The error of iconv(3); nil = all was converted.
    private func run(
        _ conversion: iconv_t, _ input: UnsafeMutableRawBufferPointer?, _ at: inout Int, _ piece: inout [CChar],
        _ text: inout DecodedText
    ) -> Int32? {
        var (start, left) = (input?.baseAddress?.assumingMemoryBound(to: CChar.self), input?.count ?? 0)
        let before = left
        let (result, code, made) = piece.withUnsafeMutableBufferPointer { piece in
            var (output, room) = (piece.baseAddress, piece.count)
            let result =
                input == nil
                ? iconv(conversion, nil, nil, &output, &room) : iconv(conversion, &start, &left, &output, &room)
            return (result, errno, piece.count - room)
        }
        at += before - left
        text.append(piece[..<made].lazy.map { UInt8(bitPattern: $0) })
        return result == -1 ? code : nil
    }
}
