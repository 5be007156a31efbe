extension URLCanonicalizer {
    /// What `reference` means in a page or answer of `base` (RFC 3986 §5.2, WHATWG "basic URL parser" with a base), in
    /// canonical form: the target of a `Location`, a `Sitemap:` line. An absolute URL does not need the base, which need
    /// not be canonical behind its origin: what of it stands before the reference becomes so.
    ///
    /// `Location` is given here as it came, never taken from libcurl (`CURLINFO_REDIRECT_URL`): that makes `+` of a blank
    /// in a relative reference's query (browsers `%20`), asks for a leading `\` as it stands, and hands back unresolved
    /// what it cannot parse.
    ///
    /// Tabs and line breaks within are dropped, as WHATWG has it. A reference that begins with two slashes of which one
    /// is `\` is refused: browsers go to another host, RFC 3986 has no such thing.
    package static func resolve(
        _ reference: some Collection<UInt8>, from base: CanonicalURL
    ) throws(URLRejection) -> CanonicalURL {
        try canonicalize(absolute(reference, from: base))
    }

    /// The same before it is brought into canonical form.
    static func absolute(
        _ reference: some Collection<UInt8>, from base: CanonicalURL
    ) throws(URLRejection) -> [UInt8] {
        guard reference.count <= 8 * maxLength else {
            throw URLRejection(.tooLong, "\(reference.count) bytes, limit \(maxLength)")
        }
        var reference = try trimmed(reference.filter { !ByteSet.lineBreak.contains($0) })
        guard schemeEnd(reference) == nil else { return Array(reference) }
        let kept = try kept(of: base, for: reference)
        // After a host a `\` would be refused.
        if reference.first == UInt8(ascii: "\\") { reference[reference.startIndex] = UInt8(ascii: "/") }
        return Array(kept + reference)
    }

    /// The part of the base that stands before the reference.
    private static func kept(
        of base: CanonicalURL, for reference: ArraySlice<UInt8>
    ) throws(URLRejection) -> ArraySlice<UInt8> {
        let path = base.bytes[min(base.originLength, base.bytes.count)...]
        let query = path.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
        switch reference.first {
        case nil, UInt8(ascii: "#"): return base.bytes[...]
        case UInt8(ascii: "?"): return base.bytes[..<query]
        case UInt8(ascii: "/"), UInt8(ascii: "\\"):
            let isHost = reference.dropFirst().first.map { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
            guard isHost == true else { return base.bytes[..<path.startIndex] }
            guard reference.starts(with: "//".utf8) else {
                throw URLRejection(.invalidURL, "a reference that begins with \\ and a slash")
            }
            let scheme = base.bytes.firstIndex(of: UInt8(ascii: ":")) ?? base.bytes.startIndex
            return base.bytes[...scheme]
        default:
            let slash = path[..<query].lastIndex(of: UInt8(ascii: "/"))
            return base.bytes[..<(slash.map { $0 + 1 } ?? path.startIndex)]
        }
    }
}
