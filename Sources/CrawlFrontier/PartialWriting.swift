import CrawlCore
import GRDB

/// What an answer means for the incident that its URL shares with others of the origin.
struct PartialWriting {
    let db: Database
    let incidents: IncidentStore

    /// A URL joins an incident that it shares, or leaves it. Returns the one that it was the last to leave: that is over
    /// unless another URL of the commit joins it, see `end(_:at:)`.
    func write(_ verdict: Verdict, _ standing: SharedStanding) throws -> ULID? {
        let joined = verdict.joins
        guard joined != nil || verdict.stateBefore == .held else { return nil }
        let record = try HealthRow.load(db, verdict.id)
        let before = record?.sharedIncident
        if let joined { try noteAttempt(joined, verdict, isNew: before != joined) }
        if let before, before == joined, verdict.wasSent {
            try LedgerTable(db: db).noteAsked(incidents.current(before))
        }
        guard before != joined else { return nil }
        if let joined {
            try note(joined, urls: BreakerTable(db: db).join(joined, verdict.outcome, origin: verdict.origin), verdict)
        }
        guard let before else { return nil }
        let left = try BreakerTable(db: db).leave(before)
        let cost = (record?.requests ?? 0) + (verdict.wasSent ? 1 : 0)
        guard left <= 0 else {
            try note(before, urls: left, leaver: cost, verdict)
            return nil
        }
        var progress = IncidentProgress()
        progress.requestsOfLeaver = cost
        try incidents.note(before, progress)
        return before
    }

    /// After all rows of the commit. True if the incident that all had left is over.
    func end(_ incident: ULID, at: Instant) throws -> Bool {
        guard try BreakerTable(db: db).endIfLeft(incident) else { return false }
        try incidents.close(incident, how: .recovered, at: at)
        return true
    }

    /// An answer to one of the URLs that share an incident; the first of all has opened it, or will.
    private func noteAttempt(_ partial: ULID, _ verdict: Verdict, isNew: Bool) throws {
        guard verdict.wasAsked else { return }
        if isNew, case .partial? = verdict.originChange?.event { return }
        var progress = IncidentProgress()
        switch verdict.outcome.kind() {
        case .failing, .wavering: break
        case .good, .neutral, .refused: return
        }
        progress.isAttempt = true
        progress.lastAt = verdict.at
        progress.rays = [verdict.evidence?.cfRay].compactMap(\.self)
        progress.colos = [verdict.evidence?.colo].compactMap(\.self)
        progress.evidence = verdict.evidence
        try incidents.note(partial, progress)
    }

    /// `leaver`: what the URL has cost that shares the incident no more.
    private func note(_ partial: ULID, urls: Int, leaver: Int = 0, _ verdict: Verdict) throws {
        var progress = IncidentProgress()
        progress.urlsAffected = urls
        progress.requestsOfLeaver = leaver
        try incidents.note(partial, progress)
        guard let rate = verdict.savedRate else { return }
        try LedgerTable(db: db).change(
            incidents.current(partial), rate, urls: urls, of: verdict.origin, at: verdict.at)
    }
}
