/// Makes text from strangers harmless in a log line: whatever it holds, it stays one token of one line and can move no
/// terminal's cursor.
enum LogEscape {
    /// Longer values are cut and end in `…`: 16 KiB, twice the longest URL.
    static let maxBytes = 16 << 10

    /// `text` as it is if it is one word of harmless characters, else quoted.
    static func value(_ text: String) -> String {
        let plain =
            !text.isEmpty && text.utf8.count <= maxBytes
            && text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "\\" && !isUnsafe($0) }
        return plain ? text : quoted(text)
    }

    /// A message: words may stand free, but nothing that a reader could take for a field.
    static func message(_ text: String) -> String {
        let plain =
            !text.isEmpty && text.utf8.count <= maxBytes
            && text.unicodeScalars.allSatisfy { $0 != "=" && $0 != "\"" && $0 != "\\" && !isUnsafe($0) }
        return plain ? text : quoted(text)
    }

    /// A key: letters, digits, `_`, `.` and `-`; all else becomes `_`.
    static func key(_ text: String) -> String {
        let kept = text.unicodeScalars.prefix(64).map { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "_.-".unicodeScalars.contains(scalar))
                ? Character(scalar) : "_"
        }
        return kept.isEmpty ? "_" : String(kept)
    }

    /// In double quotes, with the escapes of JSON; unsafe characters as `\u00XX`.
    static func quoted(_ text: String) -> String {
        var out = "\""
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= maxBytes else {
                out += "…"
                break
            }
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case let scalar where isUnsafe(scalar):
                for unit in UTF16.encode(scalar)?.map({ $0 }) ?? [] { out += hex(unit) }
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// For a line of text that people read: words stand free, unsafe characters as `\u00XX`.
    static func line(_ text: String) -> String {
        var out = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= maxBytes else { return out + "…" }
            if scalar != " ", isUnsafe(scalar) {
                for unit in UTF16.encode(scalar)?.map({ $0 }) ?? [] { out += hex(unit) }
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Controls, line and paragraph separators, and the marks that reorder or hide text.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return true
        case .spaceSeparator: return true
        default: return false
        }
    }

    private static func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
