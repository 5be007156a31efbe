internal import CrawlCore

/// The header lines that ask for a body only if it is another one. Pure.
///
/// Both are sent when both are known: a server that knows entity tags goes by If-None-Match alone (RFC 9110 §13.2.2),
/// one that does not still has the date.
enum ConditionalLines {
    /// The date goes as the server gave it, in whichever of HTTP's forms that is.
    ///
    /// None if the validators are nil, or what no server should be asked with.
    static func of(_ extra: FetchExtra) -> [String] {
        var lines: [String] = []
        if let etag = extra.etag, isEntityTag(etag) { lines.append("If-None-Match: \(etag)") }
        if let date = extra.lastModified, HTTPDate.isWellFormed(date) { lines.append("If-Modified-Since: \(date)") }
        return lines
    }

    /// RFC 9110 §8.8.3, without its obs-text. `*` or a list would match what we never saw, and a line end in it would
    /// be a header of the stranger's choice.
    private static func isEntityTag(_ text: String) -> Bool {
        var opaque = Substring(text).utf8
        if opaque.starts(with: "W/".utf8) { opaque = opaque.dropFirst(2) }
        let quote = UInt8(ascii: "\"")
        guard opaque.count >= 2, opaque.first == quote, opaque.last == quote else { return false }
        return opaque.dropFirst().dropLast().allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != quote }
    }
}
