/// The `key: value` lines at the head of a Markdown page, between two lines of `---`; as far as the bytes go, and no more
/// of YAML than that.
enum FrontMatter {
    /// Values without blanks around them, and without quotes. A line that reaches the end of the bytes is left out: it may
    /// go on.
    static func members(_ bytes: ArraySlice<UInt8>) -> [(key: String, value: String)] {
        var rest = bytes.drop { $0 == 0x0A || $0 == 0x0D }
        var members: [(key: String, value: String)] = []
        guard line(&rest) == "---" else { return members }
        while let line = line(&rest), line != "---", line != "..." {
            // What is indented belongs to the value of the line before.
            guard let colon = line.firstIndex(of: ":"), let first = line.first, first != " ", first != "\t" else {
                continue
            }
            members.append((String(line[..<colon]), value(line[line.index(after: colon)...])))
        }
        return members
    }

    /// nil = there is no whole line left.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        var line = rest[..<end]
        rest = rest[(end + 1)...]
        while let last = line.last, last <= 0x20 { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    private static func value(_ text: Substring) -> String {
        let text = text.drop { $0 == " " || $0 == "\t" }
        guard let quote = text.first, quote == "\"" || quote == "'", text.count > 1, text.last == quote else {
            return String(text)
        }
        return String(text.dropFirst().dropLast())
    }
}
