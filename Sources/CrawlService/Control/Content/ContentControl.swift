package import CrawlCore
package import CrawlFrontier

/// What the control server asks of the archive. Methods throw as those of `CrawlControl`.
package protocol ContentControl: Sendable {
    /// The page of a URL as it lies in the archive. `isRaw`: its content codings are left as they are.
    func content(_ url: CrawlURL, isRaw: Bool) async throws -> PageContent
}

/// A page, ready to be sent: all of it was read once, so that what its head says is true.
package struct PageContent: Sendable {
    /// Of the page; nil = its status line tells none.
    package var status: Int?
    package var contentType: String?
    /// Codings that the bytes still have.
    package var codings: [String] = []
    /// When it was asked for; nil = the record does not say.
    package var date: Instant?
    /// See `ContentHeader.original`.
    package var original: String?
    /// See `ContentHeader.cut`.
    package var cut: [String] = []
    /// Status line and header lines with the blank line.
    package var head: [UInt8]
    /// Bytes of the body.
    package var count: Int64
    /// The next bytes of it, so many at most; empty = there are no more.
    package var read: @Sendable (_ bytes: Int) async throws -> [UInt8]

    package init(head: [UInt8], count: Int64, read: @escaping @Sendable (_ bytes: Int) async throws -> [UInt8]) {
        self.head = head
        self.count = count
        self.read = read
    }
}

/// Where pages lie, and how much of one is given.
package struct ContentRule: Sendable {
    /// Bytes of a body at most: `fetch.max_body`.
    package var maxBody: Int
    /// An archive is written now: `output.warc.dir`.
    package var isArchiving: Bool
    /// Where the page of a URL, as it is kept, stands; nil = nowhere. Called where the store is read.
    package var find: @Sendable (FrontierStore, CrawlURL) throws -> ArchivedPlace?

    package init(
        maxBody: Int = 16 << 20, isArchiving: Bool = false,
        find: @escaping @Sendable (FrontierStore, CrawlURL) throws -> ArchivedPlace? = { _, _ in nil }
    ) {
        self.maxBody = maxBody
        self.isArchiving = isArchiving
        self.find = find
    }
}

/// A record that holds a page, or says which other URL's record does.
package struct ArchivedPlace: Sendable, Hashable {
    /// Of the archive that it was written to, which may be none that is written now.
    package var folder: String
    package var place: ArchivePlace

    package init(folder: String, place: ArchivePlace) {
        self.folder = folder
        self.place = place
    }
}
