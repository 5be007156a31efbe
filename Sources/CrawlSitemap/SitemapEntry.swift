package import CrawlCore

/// One line of a sitemap, or of an index of sitemaps.
package struct SitemapEntry: Sendable, Hashable {
    package enum Kind: Sendable {
        case page
        /// An index names another sitemap.
        case sitemap
    }

    /// Why an entry is none. The names are part of the interface.
    package enum Fault: String, Sendable, CaseIterable {
        case twoLocations = "two-locations"
        case noLocation = "no-location"
        /// A location that is in no entry, or not directly in one.
        case strayLocation = "stray-location"
        /// The entry has bytes that are none of the document's encoding.
        case falseBytes = "false-bytes"
    }

    package var kind: Kind
    /// As written, blanks around it taken away; not checked at all. At most `SitemapLimits.urlBytes` + 1 bytes: one that
    /// was longer is still too long.
    package var url: [UInt8]
    /// The last moment that `<lastmod>` may mean; nil = not said, or unreadable.
    package var lastModified: Instant?
    /// −10…10, see `SitemapPriority`; nil = not said, or unreadable.
    package var priority: Int?
    /// nil = none was found; the URL, if there is one, says which entry it is.
    package var fault: Fault?
    /// The URL is a reference: these (`xml:base`) and the document's own URL, which is the outermost, are what it counts
    /// from, each by the one before it (RFC 3986 §5.1). nil = it has to be absolute.
    package var bases: [[UInt8]]?

    package init(
        kind: Kind, url: [UInt8], lastModified: Instant? = nil, priority: Int? = nil, fault: Fault? = nil,
        bases: [[UInt8]]? = nil
    ) {
        self.kind = kind
        self.url = url
        self.fault = fault
        self.bases = bases
        self.lastModified = lastModified
        self.priority = priority
    }
}

/// Where the reading of a document ends, whoever wrote it.
package struct SitemapLimits: Sendable {
    /// sitemaps.org, "Sitemap file limits".
    package var entries = 50_000
    /// The same, of what the document is after decompression.
    package var bytes = 52_428_800
    /// The protocol's own limit is 2,048; what a URL may have anywhere else with us is accepted here too.
    package var urlBytes = CrawlURL.maxLength
    /// Elements inside one another.
    package var depth = 64
    /// A tag, comment or instruction: expat keeps it in memory until it is whole, and versions before 2.6 read it again
    /// with every piece that comes (CVE-2023-52425).
    package var tokenBytes = 256 << 10
    /// Different names of elements and attributes: expat keeps each to the end.
    package var names = 1_000

    package init() {}
}

/// Why a document was not read to its end. The names are part of the interface.
package enum SitemapFault: String, Error, Sendable, CaseIterable {
    case tooLarge = "too-large"
    case tooManyEntries = "too-many-entries"
    /// A document type with declarations of its own: entities could be among them.
    case doctype
    /// An entity that XML does not define itself.
    case entities
    case nestedTooDeep = "nested-too-deep"
    case hugeToken = "huge-token"
    case tooManyNames = "too-many-names"
    /// It declares an encoding that is none of the Encoding Standard's, or the system cannot read it.
    case unknownEncoding = "unknown-encoding"
    case malformed
    /// It stops before its end.
    case truncated
    /// It is in gzip or deflate, and damaged there.
    case badGzip = "bad-gzip"
    case notASitemap = "not-a-sitemap"
}

/// How the reading of a document ended.
package enum SitemapEnd: Sendable, Hashable {
    case complete
    /// What was read before counts.
    case cut(SitemapFault)
}
