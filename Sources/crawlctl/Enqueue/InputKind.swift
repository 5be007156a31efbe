/// What an input holds, by how it begins.
enum InputKind: Equatable {
    /// One URL a line.
    case lines
    /// One JSON object a line.
    case objects
    /// Nothing that can be enqueued; what it is, and what to do.
    case wrong(String)

    /// `path`: as the command line names it.
    init(_ head: [UInt8], path: String) {
        let text = head.drop(while: Self.isBlank)
        let send = "| crawlctl enqueue -f -"
        let file = path == "-" ? "" : " \(path)"
        if Self.isWide(head) {
            self = .wrong("is UTF-16, and UTF-8 is wanted: iconv -f UTF-16 -t UTF-8\(file) \(send)")
        } else if let (what, tool) = Self.packed.first(where: { head.starts(with: $0.sign) }).map({ ($0.what, $0.tool) }
        ) {
            self = .wrong("is \(what), and lines of URLs are wanted: \(tool)\(file) \(send)")
        } else if head.contains(0) {
            self = .wrong("is a binary file, and a text with one URL a line is wanted")
        } else if text.first == UInt8(ascii: "[") {
            let isOfStrings = text.dropFirst().drop(while: Self.isBlank).first == UInt8(ascii: "\"")
            let jq = isOfStrings ? "jq -r '.[]'" : "jq -c '.[]'"
            self = .wrong("is a JSON array, and one URL or object a line is wanted: \(jq)\(file) \(send)")
        } else if text.first == UInt8(ascii: "<") {
            self = .wrong("is XML or HTML, and lines of URLs are wanted; a sitemap: crawlctl enqueue --sitemap URL")
        } else if text.first == UInt8(ascii: "{") {
            let rest = text.dropFirst().drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            self =
                rest.first == UInt8(ascii: "\n")
                ? .wrong("is JSON over several lines, and one object a line is wanted: jq -c .\(file) \(send)")
                : .objects
        } else {
            self = .lines
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static let packed: [(sign: [UInt8], what: String, tool: String)] = [
        ([0x1F, 0x8B], "gzip within gzip", "zcat"), ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd", "zstd -dc"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed by xz", "xz -dc"),
        ([0x42, 0x5A, 0x68], "compressed by bzip2", "bzip2 -dc"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "unzip -p"),
    ]

    /// UTF-16 with its mark, or ASCII in it.
    private static func isWide(_ head: [UInt8]) -> Bool {
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return true }
        let sample = head.prefix(64).dropLast(min(head.count, 64) % 2)
        guard sample.count >= 4 else { return false }
        let isZero = sample.enumerated().map { ($0.offset % 2, $0.element == 0) }
        return [0, 1].contains { side in isZero.allSatisfy { ($0.0 == side) == $0.1 } }
    }
}
