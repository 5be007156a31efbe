/// Turns lines of URLs into NDJSON objects that carry the options of the command line. Blank lines stay blank, so that
/// line numbers in the answer are those of the file.
struct ObjectLines {
    /// The object's fields behind the URL, with a comma before each.
    private let fields: [UInt8]
    private let key: [UInt8]
    private var line: [UInt8] = []

    /// Longer lines are cut: the daemon refuses them either way, and memory stays bounded.
    private static let maxLine = 64 << 10

    /// `key` is what the URL is given as, `url` or `sitemap`; `priority` −100…100, `recrawl` a `RecrawlText`, `dueAt`
    /// RFC 3339; nil leaves a field out.
    init(key: String = "url", priority: Int?, recrawl: String?, dueAt: String?, force: Bool) {
        var fields = ""
        if let priority { fields += ",\"priority\":\(priority)" }
        if let recrawl { fields += ",\"recrawl\":\"\(recrawl)\"" }
        if let dueAt { fields += ",\"due_at\":\"\(dueAt)\"" }
        if force { fields += ",\"force\":true" }
        self.fields = Array(fields.utf8)
        self.key = Array("{\"\(key)\":\"".utf8)
    }

    mutating func convert(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine(&out)
            } else if line.count < Self.maxLine {
                line.append(byte)
            }
        }
        return out
    }

    /// What stands behind the last line break.
    mutating func finish() -> [UInt8] {
        var out: [UInt8] = []
        if !line.isEmpty { endLine(&out) }
        return out
    }

    private mutating func endLine(_ out: inout [UInt8]) {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0d]
        let text = line.drop { blanks.contains($0) }
        let length = text.count - text.reversed().prefix { blanks.contains($0) }.count
        if length > 0 {
            out += key
            for byte in text.prefix(length) { Self.put(byte, &out) }
            out.append(UInt8(ascii: "\""))
            out += fields
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "\n"))
        line.removeAll(keepingCapacity: true)
    }

    /// Bytes that are no UTF-8 pass as they are: to judge them is the daemon's business.
    private static func put(_ byte: UInt8, _ out: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case ..<0x20: out += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
        default: out.append(byte)
        }
    }
}
