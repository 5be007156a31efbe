/// What the HTTP head of a record says of the body. It came from a stranger. Pure.
package struct AnswerHead: Sendable, Hashable {
    /// Of the status line; nil = it has none.
    package private(set) var status: Int?
    /// The first Content-Type, its visible characters and blanks, 256 of them at most.
    package private(set) var contentType: String?
    /// The content codings (RFC 9110 §8.4), in the order in which they were applied, `identity` left out.
    package private(set) var codings: [String] = []

    /// More names than that are of no use to anybody.
    private static let mostCodings = 8
    private static let longestValue = 256

    package init(_ head: [UInt8]) {
        head.withUnsafeBufferPointer { head in
            for (i, line) in HeadLines(head).enumerated() {
                if i == 0 { status = Self.status(line.bytes) }
                if contentType == nil, line.isNamed("content-type") { contentType = Self.text(line.value) }
                if line.isNamed("content-encoding") {
                    for coding in line.value.split(separator: UInt8(ascii: ",")) where codings.count < Self.mostCodings
                    {
                        let name = Self.text(HeadLines.Line.trimmed(.init(rebasing: coding))).lowercased()
                        if !name.isEmpty, name != "identity" { codings.append(name) }
                    }
                }
            }
        }
    }

    /// How many of the codings, from the last on, can be undone.
    var undoable: Int {
        codings.reversed().prefix(2).prefix { ["gzip", "x-gzip", "deflate"].contains($0) }.count
    }

    private static func status(_ line: UnsafeBufferPointer<UInt8>) -> Int? {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, line.starts(with: "HTTP/".utf8), parts[1].count == 3,
            parts[1].allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return parts[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: bytes.lazy.filter { (0x20...0x7E).contains($0) }.prefix(longestValue), as: UTF8.self)
    }
}
