/// Where the `Location` of an answer leads (RFC 9110 §10.2.2), seen from the URL that was asked.
package struct ResolvedLocation: Hashable, Sendable {
    /// The URL that was asked.
    package var source: CanonicalURL
    package var target: CanonicalURL
    /// The server wants the very URL that was asked in another spelling: path and query as `Location` writes them, dot
    /// segments and a `\` in the path resolved as browsers do before they ask. Visible ASCII; nil = it leads elsewhere,
    /// writes what was asked, or has a byte that no request line can carry.
    package var respelling: [UInt8]?

    /// `asked`: the URL as it was sent, `scheme://host[:port]` in canonical form, the rest in whatever spelling. nil = the
    /// location is no URL that can be crawled.
    package init?(_ location: some Collection<UInt8>, askedAs asked: [UInt8]) {
        guard let source = try? URLCanonicalizer.canonicalize(asked),
            asked.starts(with: source.bytes[..<source.originLength] + [UInt8(ascii: "/")])
        else { return nil }
        let base = CanonicalURL(bytes: asked, originLength: source.originLength)
        guard let absolute = try? URLCanonicalizer.absolute(location, from: base),
            let target = try? URLCanonicalizer.canonicalize(absolute)
        else { return nil }
        self.source = source
        self.target = target
        guard target == source else { return }
        let written = URLCanonicalizer.pathAsWritten(absolute)
        guard written[...] != asked[source.originLength...], written.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            (try? URLCanonicalizer.canonicalize(source.bytes[..<source.originLength] + written)) == source
        else { return }
        respelling = written
    }
}

extension URLCanonicalizer {
    /// Path and query of an absolute URL that `canonicalize` takes, without its escaping.
    fileprivate static func pathAsWritten(_ absolute: [UInt8]) -> [UInt8] {
        guard let text = try? trimmed(absolute), let colon = schemeEnd(text) else { return [] }
        let rest = text[(colon + 3)...]
        let start = rest.firstIndex(where: ByteSet.authorityEnd.contains) ?? rest.endIndex
        let tail = rest[start..<(rest[start...].firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex)]
        let pathEnd = tail.firstIndex(of: UInt8(ascii: "?")) ?? tail.endIndex
        var written: [UInt8] = []
        PathText.appendPath(tail[..<pathEnd], escaping: false, to: &written)
        written += tail[pathEnd...]
        return written
    }
}
