package import CrawlCore
import GRDB

/// What an end of the daemon by a fault of its own has shown.
package struct FaultNews: Sendable, Hashable {
    /// How many tickets are suspects from now on that were none before.
    package var suspects = 0
    /// What is put back, and until when; nil = nothing is.
    package var putBack: PutBack?

    package struct PutBack: Sendable, Hashable {
        /// A page's URL, or that of a robots.txt.
        package var url: String
        package var until: Instant
        /// By how many ends it was found out.
        package var ends: Int
    }
}

extension FrontierStore {
    /// Notes an end of the process before this one, in one transaction. Call it before `opening`; an end that was noted
    /// already changes nothing.
    package func note(_ end: FaultEnd, now: Instant) throws -> FaultNews {
        try write { db in
            let table = SuspectTable(db: db)
            var book = try table.load(now: now)
            let found = book.note(end)
            _ = book.forget(now: end.at)
            try table.save(book)
            var news = FaultNews(suspects: found.suspects.count)
            if let row = found.putBack, let until = row.putBackUntil {
                news.putBack = FaultNews.PutBack(url: try address(db, row.ticket), until: until, ends: row.ends)
            }
            return news
        }
    }

    /// "" = it is gone.
    private func address(_ db: Database, _ ticket: Int64) throws -> String {
        let origin = try RawStatement(db, "SELECT key FROM origin WHERE id = ?")
        origin.bind(URLKey.origin(of: ticket), at: 1)
        defer { origin.reset() }
        guard try origin.step() else { return "" }
        guard !URLKey.isRobots(ticket) else { return origin.text(0) + "/robots.txt" }
        let url = try RawStatement(db, "SELECT path FROM url WHERE id = ?")
        url.bind(ticket, at: 1)
        defer { url.reset() }
        return try url.step() ? origin.text(0) + url.text(0) : ""
    }
}
