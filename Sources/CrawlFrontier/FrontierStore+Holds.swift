import CrawlCore
import GRDB

extension FrontierStore {
    /// robots.txt is no longer obeyed: what it holds is free, and incidents that it opened are over. In steps, each with
    /// its alerts.
    func withdrawHolds(now: Instant) throws {
        while try withdrawSomeHolds(now: now) {}
    }

    /// Returns whether there may be more.
    private func withdrawSomeHolds(now: Instant) throws -> Bool {
        try write { db in
            let table = RobotsTable(db: db)
            let incidents = IncidentStore(
                db: db, outbox: AlertOutbox(db: db, sinks: options.sinks), hold: options.resolveHold)
            let held = try HoldTable(db: db).held(by: .robots, limit: options.chunk)
            for origin in held {
                guard let incident = try table.release(origin) else { continue }
                try incidents.end(incident, ofRobots: origin, how: .withdrawn, at: now)
            }
            return held.count == options.chunk
        }
    }
}
