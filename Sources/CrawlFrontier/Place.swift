import CrawlCore
import GRDB

/// Where that is which an incident is about, as the rows have it.
struct Place {
    let db: Database

    /// nil = it is gone.
    func of(_ subject: IncidentSubject) throws -> (url: String?, origin: String?)? {
        switch subject {
        case .edge, .challenges, .offline, .consumer, .archive: return (nil, nil)
        case .url(let id):
            let row = try RawStatement(
                db, "SELECT o.key, u.path FROM url u, origin o WHERE u.id = ?1 AND o.id = ?1 >> 40")
            row.bind(id, at: 1)
            defer { row.reset() }
            return try row.step() ? (row.text(0) + row.text(1), row.text(0)) : nil
        case .robots(let origin), .origin(let origin), .partial(let origin):
            let row = try RawStatement(db, "SELECT key FROM origin WHERE id = ?")
            row.bind(origin, at: 1)
            defer { row.reset() }
            guard try row.step() else { return nil }
            if case .robots = subject { return (row.text(0) + "/robots.txt", row.text(0)) }
            return (nil, row.text(0))
        }
    }
}
