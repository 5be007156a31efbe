internal import CIconv
internal import Glibc

/// What each byte is in an encoding of single bytes, as the index of the Encoding Standard has it: glibc's table, but for
/// what that has otherwise or lacks. glibc would also join letters and accents of windows-1255 and windows-1258, which the
/// standard leaves as they are: they would be other URLs.
struct SingleByteTable {
    /// In UTF-8; nil = none: the byte is false.
    private let characters: [[UInt8]?]

    /// nil if the system does not have the encoding.
    init?(_ encoding: CharacterEncoding) {
        let opened = iconv_open(CharacterEncoding.utf8.rawValue, encoding.rawValue)
        guard let opened, Int(bitPattern: opened) != -1 else { return nil }
        defer { iconv_close(opened) }
        characters = (UInt8.min...UInt8.max).map { byte in
            // No index has a hole among the C1 controls.
            let character =
                Self.own(byte, in: encoding) ?? Self.character(byte, opened)
                ?? ((0x80...0x9f).contains(byte) ? Unicode.Scalar(byte) : nil)
            return character.map { Array(String($0).utf8) }
        }
    }

    func decode(_ bytes: some Collection<UInt8>, into text: inout DecodedText) {
        text.bytes.reserveCapacity(text.bytes.count + bytes.count * 2)
        for byte in bytes {
            if byte < 0x80 {
                text.bytes.append(byte)
            } else if let character = characters[Int(byte)] {
                text.bytes.append(contentsOf: character)
            } else {
                text.appendFalse()
            }
        }
    }

    private static func character(_ byte: UInt8, _ conversion: iconv_t) -> Unicode.Scalar? {
        var input = CChar(bitPattern: byte)
        var output = [CChar](repeating: 0, count: 16)
        let made = withUnsafeMutablePointer(to: &input) { input in
            output.withUnsafeMutableBufferPointer { output in
                var (start, left): (UnsafeMutablePointer<CChar>?, Int) = (input, 1)
                var (end, room) = (output.baseAddress, output.count)
                let isOne = iconv(conversion, &start, &left, &end, &room) != -1
                // A letter that it holds back to see whether an accent follows.
                _ = iconv(conversion, nil, nil, &end, &room)
                return isOne ? output.count - room : 0
            }
        }
        return String(decoding: output[..<made].map { UInt8(bitPattern: $0) }, as: UTF8.self).unicodeScalars.first
    }

    /// Where glibc has another character than the index.
    private static func own(_ byte: UInt8, in encoding: CharacterEncoding) -> Unicode.Scalar? {
        switch (encoding, byte) {
        case (.koi8U, 0xae): "\u{45e}"
        case (.koi8U, 0xbe): "\u{40e}"
        case (.macintosh, 0xc6): "\u{2206}"
        case (.macintosh, 0xf0): "\u{f8ff}"
        case (.macCyrillic, 0xff): "\u{20ac}"
        case (.windows1255, 0xca): "\u{5ba}"
        default: nil
        }
    }
}
