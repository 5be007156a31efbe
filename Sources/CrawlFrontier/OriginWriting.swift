import CrawlCore
import GRDB

/// What answers changed of whole origins, in the order of the answers, after the rows of their URLs.
struct OriginWriting {
    let db: Database
    let incidents: IncidentStore

    func write(_ change: OriginChange, _ verdict: Verdict) throws {
        let origin = verdict.origin
        var breaker = change.breaker
        if case .opened = change.event { breaker.urls = try urls(of: origin) }
        guard try BreakerTable(db: db).load(origin).version == breaker.version else { return }
        if let canary = change.canary { try write(canary, verdict) }
        try BreakerTable(db: db).save(breaker, of: origin)
        switch change.event {
        case nil: break
        case .opened(let incident, let url)?:
            guard let record = try HealthRow.load(db, url) else { return }
            try incidents.open(
                incident, originOf: url, record, verdict.savedRate, affected: breaker.urls, at: verdict.at)
        case .closed(let incident, let how)?: try incidents.close(incident, how: how, at: verdict.at)
        case .narrowed(let incident, _)?:
            try incidents.narrow(incident)
            if let rate = verdict.savedRate {
                try LedgerTable(db: db).change(incident, perDay: rate.perDay(urls: 1), at: verdict.at)
            }
        case .partial(let incident, let url, let run)?:
            var record = HealthRecord(streakSince: run.since)
            record.run = run
            record.requests = 1
            try incidents.open(incident, partialOf: url, record, verdict.savedRate, at: verdict.at)
        }
    }

    private func urls(of origin: Int64) throws -> Int {
        let row = try RawStatement(db, "SELECT count(*) FROM url WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? Int(clamping: row.int(0)) : 0
    }

    private func write(_ canary: OriginChange.Canary, _ verdict: Verdict) throws {
        switch canary {
        case .record(let id, let box?, let due): try HealthRow.save(db, id, box.record, dueAt: due)
        case .record(let id, nil, let due):
            try HealthRow.delete(db, id)
            let row = try RawStatement(
                db, "UPDATE url SET state = 1, due_at = ?2, has_health = 0 WHERE id = ?1 AND state = 5")
            row.bind(id, at: 1)
            row.bind(due ?? verdict.at, at: 2)
            guard try row.run() == 1 else { return }
            var tally = Tally()
            tally.move(id, from: .brokenOrigin, to: .scheduled)
            try tally.write(db)
        case .successor(let id, let run):
            guard var record = try HealthRow.load(db, id) else { return }
            if let run { record.run = run }
            try HealthRow.save(db, id, record, dueAt: verdict.at)
        }
    }
}
