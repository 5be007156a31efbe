import CrawlCore
import Foundation
import GRDB

/// An incident with all that is kept of it.
package struct StoredIncidentStory: Sendable {
    package var incident: StoredIncident
    /// In the order they were written.
    package var alerts: [StoredAlertDelivery] = []
    /// Some of the URLs it is about, by number; of one that is over those of its sample that are still known.
    package var urls: [Int64] = []
    /// Of those URLs, the newest first.
    package var attempts: [Attempt] = []

    package struct Attempt: Sendable {
        package var url: String
        package var attempt: StoredAttempt
    }
}

extension FrontierStore {
    /// Characters that name an incident at least: the end of its number.
    package static let shortIncident = 6

    /// At most of one incident: URLs, and messages (the last ones, of one that is reminded of for years).
    private static let storyURLs = 100
    private static let storyAlerts = 200
    /// URLs whose attempts are read.
    private static let storyAsked = 20

    /// Open or closed, whose numbers end with that, in upper case, `shortIncident` characters at least; some of them if
    /// they are many.
    package func incidentIDs(endingWith name: String) throws -> [String] {
        try read(reader) { db in
            let rows = try RawStatement(db, "SELECT id FROM incident WHERE substr(id, -6) = ? ORDER BY id LIMIT 100")
            rows.bind(String(name.suffix(Self.shortIncident)), at: 1)
            defer { rows.reset() }
            var found: [String] = []
            while try rows.step() { found.append(rows.text(0)) }
            return found.filter { $0.hasSuffix(name) }
        }
    }

    /// nil = unknown.
    package func incidentStory(_ id: String) throws -> StoredIncidentStory? {
        try read(reader) { db in
            let row = try RawStatement(
                db, "SELECT facts, marked_at, closed_at, how, url_id FROM incident WHERE id = ?")
            row.bind(id, at: 1)
            defer { row.reset() }
            guard try row.step(), let incident = try incident(db, row) else { return nil }
            var story = StoredIncidentStory(incident: incident)
            story.alerts = try alerts(db, of: id)
            story.urls = try urls(db, of: incident, number: row.optionalInt(4))
            story.attempts = try attempts(db, of: story.urls)
            return story
        }
    }

    /// What of an open incident an operator may revive; nil = it is unknown, closed, or marks nothing.
    package func revivable(_ id: String) throws -> FrontierTarget? {
        try read(reader) { db in
            guard let facts = try incidentStore(db).load(id, isOpen: true)?.facts else { return nil }
            switch facts.scope {
            case .edge, .offline, .consumer, .archive: return nil
            case .url:
                return facts.url.flatMap { url in
                    facts.origin.map { .url(CrawlURL(canonical: url.utf8, originLength: $0.utf8.count)) }
                }
            case .origin: return facts.origin.map { .origin($0) }
            case .partial: return facts.origin.map { .sharing(incident: id, origin: $0) }
            }
        }
    }

    private func alerts(_ db: Database, of incident: String) throws -> [StoredAlertDelivery] {
        let rows = try RawStatement(
            db, "SELECT seq, id, at, facts FROM alert WHERE incident = ?1 ORDER BY seq DESC LIMIT ?2")
        rows.bind(incident, at: 1)
        rows.bind(Int64(Self.storyAlerts), at: 2)
        defer { rows.reset() }
        var found: [StoredAlertDelivery] = []
        while try rows.step() {
            guard let alert = Self.alert(rows) else { continue }
            found.append(StoredAlertDelivery(alert: alert, deliveries: try Self.deliveries(db, alert.seq)))
        }
        return found.reversed()
    }

    private func urls(_ db: Database, of stored: StoredIncident, number: Int64?) throws -> [Int64] {
        let facts = stored.facts
        let sample = try ([facts.url].compactMap(\.self) + facts.sample).reduce(into: [Int64]()) { found, url in
            guard let origin = Self.originLength(url) else { return }
            let id = try find(db, CrawlURL(canonical: url.utf8, originLength: origin))
            if let id, !found.contains(id) { found.append(id) }
        }
        guard stored.closedAt == nil, let number else { return sample }
        let rows: RawStatement
        switch facts.scope {
        case .url, .edge, .offline, .consumer, .archive: return sample
        case .partial:
            rows = try RawStatement(
                db, "SELECT h.id FROM health h WHERE \(KeptAttempts.sharing) ORDER BY h.id LIMIT ?3")
            rows.bind(facts.incident, at: 1)
            rows.bind(URLKey.origin(of: number), at: 2)
            rows.bind(Int64(Self.storyURLs), at: 3)
        case .origin:
            rows = try RawStatement(
                db, "SELECT id FROM health WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 ORDER BY id LIMIT ?2")
            rows.bind(URLKey.origin(of: number), at: 1)
            rows.bind(Int64(Self.storyURLs), at: 2)
        }
        defer { rows.reset() }
        var found: [Int64] = []
        while try rows.step() { found.append(rows.int(0)) }
        return found + sample.filter { !found.contains($0) }
    }

    /// Where the path of a canonical URL begins.
    private static func originLength(_ url: String) -> Int? {
        let bytes = Array(url.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 3 < bytes.count else { return nil }
        return bytes[(colon + 3)...].firstIndex(of: UInt8(ascii: "/"))
    }

    private func attempts(_ db: Database, of urls: [Int64]) throws -> [StoredIncidentStory.Attempt] {
        let store = incidentStore(db)
        let all = try urls.prefix(Self.storyAsked).flatMap { id in
            let kept = try AttemptTable(db: db).load(id)
            guard !kept.isEmpty, let url = try store.place(.url(id))?.url else {
                return [] as [StoredIncidentStory.Attempt]
            }
            return kept.map { StoredIncidentStory.Attempt(url: url, attempt: $0) }
        }
        return Array(all.sorted { $0.attempt.at > $1.attempt.at }.prefix(AttemptTable.kept))
    }
}
