internal import Glibc

/// Which elements of a document matter. Everything else is passed over: images, videos, news, alternates.
struct SitemapShape {
    enum Leaf {
        case location
        case lastModified
        case priority
    }

    /// Of the document element, with its colon; "" if it has none. What matters has the same one: an extension's own
    /// `loc` does not count.
    let prefix: [CChar]
    let kind: SitemapEntry.Kind
    /// How deep an entry lies; the document element is at 1.
    let entryDepth: Int
    private let entry: StaticString
    private let leaves: [(StaticString, Leaf)]
    /// A location is the attribute `href` of its element, not its text.
    let locationIsAttribute: Bool

    /// nil if it is no document element of a sitemap (sitemaps.org: urlset, sitemapindex, or a feed in RSS 2.0 or Atom
    /// 1.0).
    init?(documentElement name: UnsafePointer<CChar>) {
        let colon = strrchr(name, 58)
        let prefixLength = colon.map { UnsafePointer($0) - name + 1 } ?? 0
        prefix = Array(UnsafeBufferPointer(start: name, count: prefixLength))
        let local = name + prefixLength
        let sitemap: [(StaticString, Leaf)] = [
            ("loc", .location), ("lastmod", .lastModified), ("priority", .priority),
        ]
        if Self.same(local, "urlset") {
            (kind, entryDepth, entry, leaves, locationIsAttribute) = (.page, 2, "url", sitemap, false)
        } else if Self.same(local, "sitemapindex") {
            (kind, entryDepth, entry, leaves, locationIsAttribute) = (.sitemap, 2, "sitemap", sitemap, false)
        } else if Self.same(local, "rss") {
            (kind, entryDepth, entry, leaves, locationIsAttribute) = (.page, 3, "item", [("link", .location)], false)
        } else if Self.same(local, "feed") {
            let atom: [(StaticString, Leaf)] = [("link", .location), ("updated", .lastModified)]
            (kind, entryDepth, entry, leaves, locationIsAttribute) = (.page, 2, "entry", atom, true)
        } else {
            return nil
        }
    }

    func isEntry(_ name: UnsafePointer<CChar>) -> Bool { local(name).map { Self.same($0, entry) } ?? false }

    func leaf(_ name: UnsafePointer<CChar>) -> Leaf? {
        guard let local = local(name) else { return nil }
        return leaves.first { Self.same(local, $0.0) }?.1
    }

    /// The name behind the prefix; nil if it has another one.
    private func local(_ name: UnsafePointer<CChar>) -> UnsafePointer<CChar>? {
        prefix.isEmpty || strncmp(name, prefix, prefix.count) == 0 ? name + prefix.count : nil
    }

    static func same(_ name: UnsafePointer<CChar>, _ wanted: StaticString) -> Bool {
        strcmp(name, UnsafeRawPointer(wanted.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
    }
}
