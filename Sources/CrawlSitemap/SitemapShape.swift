internal import Glibc

/// Which elements of a document matter. Everything else is passed over: images, videos, news, alternates.
///
/// What counts is in the namespace of the document element, whichever that is: many documents have none, and some a
/// mistyped one. An extension's own `loc` is in another.
struct SitemapShape {
    enum Leaf {
        case location
        /// Atom's `link`: a location in its attribute `href`.
        case link
        /// RSS's `guid`: a location unless it says that it is none, where there is no other.
        case permanentLink
        case lastModified
        case priority
    }

    enum Format {
        case sitemap
        case rss
        case atom
    }

    let space: XMLNamespaces.Name
    let kind: SitemapEntry.Kind
    let format: Format
    /// How deep an entry may lie; the document element is at 1.
    let entryDepths: ClosedRange<Int>
    private let entry: StaticString
    private let leaves: [(StaticString, Leaf)]

    /// nil if it is no document element of a sitemap (sitemaps.org: urlset, sitemapindex, or a feed in RSS 2.0 or Atom
    /// 1.0).
    init?(documentElement name: UnsafePointer<CChar>, in space: XMLNamespaces.Name) {
        self.space = space
        let sitemap: [(StaticString, Leaf)] = [
            ("loc", .location), ("lastmod", .lastModified), ("priority", .priority),
        ]
        if Self.same(name, "urlset") {
            (kind, format, entryDepths, entry, leaves) = (.page, .sitemap, 2...2, "url", sitemap)
        } else if Self.same(name, "sitemapindex") {
            (kind, format, entryDepths, entry, leaves) = (.sitemap, .sitemap, 2...2, "sitemap", sitemap)
        } else if Self.same(name, "rss") {
            let rss: [(StaticString, Leaf)] = [
                ("link", .location), ("guid", .permanentLink), ("pubDate", .lastModified),
            ]
            (kind, format, entryDepths, entry, leaves) = (.page, .rss, 2...3, "item", rss)
        } else if Self.same(name, "feed") {
            let atom: [(StaticString, Leaf)] = [("link", .link), ("updated", .lastModified)]
            (kind, format, entryDepths, entry, leaves) = (.page, .atom, 2...2, "entry", atom)
        } else {
            return nil
        }
    }

    /// `name` is in the document's namespace.
    func isEntry(_ name: UnsafePointer<CChar>) -> Bool { Self.same(name, entry) }

    func leaf(_ name: UnsafePointer<CChar>) -> Leaf? { leaves.first { Self.same(name, $0.0) }?.1 }

    /// A location where none belongs. A feed has links of its own outside its entries.
    func isStray(_ name: UnsafePointer<CChar>) -> Bool { format == .sitemap && Self.same(name, "loc") }

    static func same(_ name: UnsafePointer<CChar>, _ wanted: StaticString) -> Bool {
        strcmp(name, UnsafeRawPointer(wanted.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
    }
}
