package import CrawlCore
import GRDB

/// Trouble with the archive, each kind an incident of its own.
package enum ArchiveTrouble: String, Sendable, CaseIterable {
    /// Its disk is full, and nothing is fetched.
    case full
    /// It cannot be written to, and nothing is fetched.
    case failed
    /// Records that commits tell of are not in their files any more.
    case lost
}

extension FrontierStore {
    /// Tells of it, once until it has ended. `sample`: the places. True = there is a new message.
    package func tell(_ trouble: ArchiveTrouble, sample: [String], urlsAffected: Int = 0, now: Instant) throws -> Bool {
        try write { db in
            guard try open(db, [trouble]).isEmpty else { return false }
            var random = SystemRandomNumberGenerator()
            var opening = IncidentOpening(
                incident: ULID(at: now, using: &random), event: .storage, subject: .archive, cause: trouble.rawValue,
                firstAt: now, lastAt: now, observations: 1, requestsSpent: 0)
            opening.sample = sample
            opening.urlsAffected = urlsAffected
            try incidentStore(db).open(opening, at: now)
            return true
        }
    }

    /// What is told of these has ended. True = there is a new message.
    package func end(_ troubles: [ArchiveTrouble], how: AlertFacts.Ending, now: Instant) throws -> Bool {
        guard try !read(reader, { try open($0, troubles) }).isEmpty else { return false }
        return try write { db in
            let incidents = try open(db, troubles)
            let store = incidentStore(db)
            for incident in incidents { try store.close(incident, how: how, at: now, wait: .zero) }
            return !incidents.isEmpty
        }
    }

    private func open(_ db: Database, _ troubles: [ArchiveTrouble]) throws -> [ULID] {
        let rows = try RawStatement(
            db, "SELECT id, cause FROM incident WHERE closed_at IS NULL AND id > '' AND scope = 'archive' ORDER BY id")
        defer { rows.reset() }
        var found: [ULID] = []
        while try rows.step() {
            guard troubles.contains(where: { $0.rawValue == rows.text(1) }), let id = ULID(rows.text(0)) else {
                continue
            }
            found.append(id)
        }
        return found
    }

    /// URLs whose pages are in a file of the archive, at most `limit` of them by name, and how many there are.
    package func pages(
        inFile name: String, of archive: Int64, limit: Int
    ) throws -> (urls: [String], count: Int) {
        let ids = try read(reader) { db in
            let rows = try RawStatement(
                db,
                """
                SELECT a.id FROM archived a JOIN archive_file f ON f.id = a.file WHERE f.archive = ? AND f.name = ?
                """)
            rows.bind(archive, at: 1)
            rows.bind(name, at: 2)
            defer { rows.reset() }
            var ids: [Int64] = []
            while try rows.step() { ids.append(rows.int(0)) }
            return ids
        }
        return (try ids.prefix(limit).compactMap { try self.name(of: $0) }, ids.count)
    }
}
