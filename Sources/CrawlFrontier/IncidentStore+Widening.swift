import CrawlCore
import GRDB

/// An origin is marked one of whose URLs is marked already, and no URL of it was good since that one began to fail: it was
/// the origin all the time, and one incident is told of once. The URL's goes on as the origin's, without a message, as it
/// does when an origin's narrows to a URL.
extension IncidentStore {
    /// A URL whose incident becomes its origin's.
    struct Part {
        var url: Int64
        var incident: String
        var facts: AlertFacts
    }

    /// Of several the one that fails for longest; the others' incidents stay their own.
    func part(of opening: IncidentOpening) throws -> Part? {
        // While robots.txt stands for its origin no page of it is asked.
        guard case .origin(let origin) = opening.subject else { return nil }
        let rows = try RawStatement(
            db,
            """
            SELECT id, incident FROM health
            WHERE phase = 3 AND id >= ?1 << 40 AND id < (?1 + 1) << 40 AND incident IS NOT NULL
                AND run_since > coalesce((SELECT last_good_at FROM breaker WHERE origin = ?1), run_since - 1)
            ORDER BY run_since
            """)
        rows.bind(origin, at: 1)
        var marked: [(url: Int64, mark: ULID)] = []
        while try rows.step() {
            if let mark = ULID(rows.text(1)) { marked.append((rows.int(0), mark)) }
        }
        rows.reset()
        for (url, mark) in marked {
            let incident = try current(mark).description
            guard let old = try load(incident, isOpen: true), old.number == url, old.facts.scope == .url,
                old.facts.event == .brokenOrigin, old.facts.cause == opening.cause
            else { continue }
            return Part(url: url, incident: incident, facts: old.facts)
        }
        return nil
    }

    /// The URL itself is one of those that wait from now on, and due as soon as the origin is well.
    func widen(_ part: Part, _ new: AlertFacts, _ opening: IncidentOpening, at: Instant) throws -> ULID? {
        guard var record = try HealthRow.load(db, part.url) else { return nil }
        let incident = try goOn(part.facts, as: new, opening)
        record.phase = .pending
        record.mark = nil
        try HealthRow.save(db, part.url, record, dueAt: at)
        let row = try RawStatement(db, "UPDATE url SET state = 1 WHERE id = ? AND state = 5")
        row.bind(part.url, at: 1)
        guard try row.run() == 1 else { return incident }
        var tally = Tally()
        tally.move(part.url, from: .brokenOrigin, to: .scheduled)
        try tally.write(db)
        return incident
    }

    /// An answer of a URL whose incident has become its origin's while it was asked: it says nothing for itself any more.
    func isPart(_ url: Int64) throws -> Bool {
        try HealthRow.load(db, url).map { $0.isOpen && $0.mark == nil } ?? false
    }
}
