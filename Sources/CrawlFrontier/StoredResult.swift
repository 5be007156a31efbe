package import CrawlCore
import GRDB

/// One row of the result feed.
package struct StoredResult: Sendable {
    package var seq: Int64
    package var url: String
    package var at: Instant
    /// nil = one of a later version.
    package var outcome: Outcome?
    /// 0 = no HTTP answer.
    package var status: Int
    package var priority: Int
    /// nil = the answer is no page.
    package var isChanged: Bool?
    package var bytes: Int64
    package var digest: Digest256?
    package var contentType: String?
    /// As it is now; nil = it has none, or the URL was removed.
    package var meta: String?
    package var redirect: String?
    package var event: ResultEvent?
    /// nil = it is in no archive.
    package var place: ArchivePlace?
}

/// Which rows of the feed are wanted.
package struct ResultFilter: Sendable, Hashable {
    /// Empty = all.
    package var outcomes: Set<Outcome> = []
    /// `scheme://host[:port]`; nil = all.
    package var origin: String?

    package init(outcomes: Set<Outcome> = [], origin: String? = nil) {
        self.outcomes = outcomes
        self.origin = origin
    }
}

/// A piece of the feed.
package struct ResultPage: Sendable {
    package var rows: [StoredResult] = []
    /// All up to it was looked at: what the next piece is read after.
    package var next: Int64
    /// The last number that was given when it was read.
    package var head: Int64

    package init(next: Int64, head: Int64) {
        self.next = next
        self.head = head
    }
}

/// Why the feed cannot be read from there.
package enum ResultFault: Error, Sendable, Hashable {
    /// It keeps nothing.
    case off
    /// Results after the cursor are gone; the feed goes on after `begins`.
    case gone(begins: Int64)
    /// No number of this feed, or one that it has not come to.
    case unknownCursor(head: Int64)
    case unknownConsumer
    case tooManyConsumers(limit: Int)
}
