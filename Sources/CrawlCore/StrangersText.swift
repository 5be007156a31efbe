/// Text that somebody else wrote, before it goes into a row, a log or a terminal.
package enum StrangersText {
    /// Bytes that are kept.
    package static let limit = 256

    /// Control characters, line ends and bidirectional marks become `\u{…}`, the whole at most `limit` bytes; never
    /// cut inside a character.
    package static func safe(_ text: String) -> String {
        var result = ""
        var length = 0
        for scalar in text.unicodeScalars {
            let piece = isHarmless(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            length += piece.utf8.count
            guard length <= limit else { break }
            result += piece
        }
        return result
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
