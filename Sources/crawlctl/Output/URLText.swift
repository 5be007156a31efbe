/// URLs in little room.
enum URLText {
    /// The scheme goes before anything else does.
    static func withoutScheme(_ text: String) -> String {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return String(text.dropFirst(scheme.count))
        }
        return text
    }

    /// Cut in the path, of which start and end are kept; the host is whole, even if the text is then too long.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        let scheme = text.count - withoutScheme(text).count
        let afterScheme = text.index(text.startIndex, offsetBy: scheme)
        guard let slash = text[afterScheme...].firstIndex(of: "/") else { return text }
        let host = text[...slash]
        let path = text[text.index(after: slash)...]
        let room = max(0, width - host.count - 1)
        // Two URLs of a site differ at their ends more often than at their beginnings.
        let head = room / 3
        return host + path.prefix(head) + "…" + path.suffix(room - head)
    }
}
