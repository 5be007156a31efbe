package import CrawlCore
import GRDB

/// A sitemap whose reading ended the daemon by a fault of its own.
package struct EndedReading: Sendable, Hashable {
    package var url: String
    /// It is not read any further: it was the second time.
    package var isGivenUp: Bool
}

extension FrontierStore {
    /// Notes such an end of the process before this one. Documents are read one after the other, the first one first again
    /// after a start: what was read at two ends in a row fails, and its job says why. An end that was noted already changes
    /// nothing. nil = it is no document that is read any more.
    package func note(reading id: Int64, endedAt: Instant) throws -> EndedReading? {
        try write { db in
            let store = SitemapStore(db: db, now: endedAt)
            guard try store.document(id)?.state?.isOpen ?? false, let url = try store.url(id) else { return nil }
            let isSecond = try Fact.int(db, "reading_ended") == id
            guard try !isSecond || Fact.int(db, "reading_ended_at") != endedAt.ms else {
                return EndedReading(url: url, isGivenUp: false)
            }
            if isSecond { try store.fail(id, reason: "ended-the-daemon") }
            try Fact.set(db, "reading_ended", isSecond ? 0 : id)
            try Fact.set(db, "reading_ended_at", endedAt.ms)
            return EndedReading(url: url, isGivenUp: isSecond)
        }
    }
}

extension SitemapStore {
    fileprivate func url(_ id: Int64) throws -> String? {
        let row = try RawStatement(
            db, "SELECT o.key || u.path FROM url u CROSS JOIN origin o ON o.id = u.id >> 40 WHERE u.id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }
}
