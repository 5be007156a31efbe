import CrawlCore
import Foundation
import GRDB

// Storms and offline periods as incidents: one alert at the beginning, one at the end.

extension IncidentStore {
    /// What no URL has as its number: these incidents are about none.
    private static let noURL = Int64.min

    func open(_ period: GuardPeriod) throws {
        let facts = AlertFacts(period)
        let row = try RawStatement(
            db,
            "INSERT INTO incident (id, url_id, cause, url, origin, marked_at, facts) VALUES (?, ?, ?, '', '', ?, ?)")
        row.bind(facts.incident, at: 1)
        row.bind(Self.noURL, at: 2)
        row.bind(facts.cause, at: 3)
        row.bind(period.began, at: 4)
        row.bind(String(decoding: try JSONEncoder().encode(facts), as: UTF8.self), at: 5)
        try row.run()
        try outbox.post(facts, at: period.began, notBefore: period.began)
    }

    /// Told at once: what ends such a period has lasted for a while already.
    func close(_ period: GuardPeriod) throws {
        guard let ended = period.ended else { return }
        let row = try RawStatement(db, "SELECT facts FROM incident WHERE id = ? AND closed_at IS NULL")
        row.bind(period.incident.description, at: 1)
        guard try row.step() else { return row.reset() }
        let stored = Data(row.bytes(0))
        row.reset()
        guard var facts = try? JSONDecoder().decode(AlertFacts.self, from: stored) else { return }
        facts.lastAtMs = ended.ms
        facts.observations = max(facts.observations, period.domains)
        let how: AlertFacts.Ending = period.isGivenUp ? .withdrawn : .recovered
        let update = try RawStatement(db, "UPDATE incident SET closed_at = ?, how = ?, facts = ? WHERE id = ?")
        update.bind(ended, at: 1)
        update.bind(how.rawValue, at: 2)
        update.bind(String(decoding: try JSONEncoder().encode(facts), as: UTF8.self), at: 3)
        update.bind(facts.incident, at: 4)
        try update.run()
        facts.event = .resolved
        facts.how = how
        try outbox.post(facts, at: ended, notBefore: ended)
    }
}

extension AlertFacts {
    /// About no URL and no origin. `observations` counts domains.
    init(_ period: GuardPeriod) {
        let (event, cause): (Event, String) =
            switch period.subject {
            case .offline: (.offline, "offline")
            case .storm(let edge): (.edgeIncident, edge.name)
            }
        self.init(
            event: event, incident: period.incident.description, cause: cause, url: "", origin: "",
            firstAtMs: period.firstAt.ms, lastAtMs: period.began.ms, observations: period.domains, requestsSpent: 0)
        urlsAffected = 0
        colos = period.colos
        rays = period.rays
    }
}
