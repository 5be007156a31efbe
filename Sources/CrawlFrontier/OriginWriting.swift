import CrawlCore
import GRDB

/// What answers changed of whole origins, in the order of the answers, after the rows of their URLs.
struct OriginWriting {
    let db: Database
    let incidents: IncidentStore

    func write(_ verdict: Verdict, _ standing: SharedStanding) throws {
        guard let change = verdict.originChange else { return try freeIfGood(verdict) }
        let origin = verdict.origin
        var breaker = change.breaker
        switch change.event {
        case .opened(let incident, let url)?: try open(incident, url, &breaker, verdict)
        case .softBlocked(let incident, let url)?:
            try open(incident, softBlocked: url, &breaker, verdict)
        case .partial(let incident, let url, let run)?: try open(incident, partial: url, run, verdict)
        case .closed(let incident, let how)?: try incidents.close(incident, how: how, at: verdict.at, spent: 1)
        case .narrowed(let incident, let url)?:
            if try incidents.giveBack(incident, at: verdict.at) {
                try openOwn(url, verdict)
            } else {
                try incidents.narrow(incident, to: url)
            }
            if let rate = verdict.savedRate {
                try LedgerTable(db: db).change(
                    incidents.current(incident), rate, urls: 1, of: origin, at: verdict.at)
            }
        case nil: break
        }
        if let canary = change.canary { try write(canary, verdict) }
        if breaker.phase == .broken { try note(breaker) }
        try BreakerTable(db: db).save(breaker, of: origin)
    }

    /// The canary was good, and judged while its origin was being read anew: what its breaker holds is free.
    private func freeIfGood(_ verdict: Verdict) throws {
        guard verdict.hadHealth, verdict.isRecovery else { return }
        var breaker = try BreakerTable(db: db).load(verdict.origin)
        guard breaker.phase == .suspect || breaker.phase == .broken, breaker.canary == verdict.id,
            try HealthRow.load(db, verdict.id)?.isIdle ?? true
        else { return }
        if let incident = breaker.incident { try incidents.close(incident, how: .recovered, at: verdict.at) }
        if breaker.phase == .broken { breaker.release(at: verdict.at) } else { breaker.shut(at: verdict.at) }
        try BreakerTable(db: db).override(breaker, of: verdict.origin)
    }

    /// The canary's mark is the origin's.
    private func open(_ incident: ULID, _ url: Int64, _ breaker: inout OriginBreaker, _ verdict: Verdict) throws {
        breaker.urls = try incidents.urls(of: verdict.origin)
        guard var record = try HealthRow.load(db, url),
            var opening = IncidentOpening(incident, .origin(verdict.origin), record)
        else { return }
        opening.urlsAffected = breaker.urls
        try addOthers(but: url, &opening, record, breaker)
        let opened = try incidents.open(opening, at: verdict.at) ?? incident
        breaker.incident = opened
        record.mark?.incident = opened
        try HealthRow.save(db, url, record, dueAt: verdict.healthDueAt)
        if let rate = verdict.savedRate {
            try LedgerTable(db: db).open(opened, rate, urls: breaker.urls, of: verdict.origin, at: verdict.at)
        }
    }

    /// The other URLs that tripped the breaker, as many as there are slots, and the scouts: the origin failed them too.
    private func addOthers(
        but canary: Int64, _ opening: inout IncidentOpening, _ record: HealthRecord, _ breaker: OriginBreaker
    ) throws {
        opening.add(breaker.looks)
        let health = try BreakerTable(db: db).health(of: URLKey.origin(of: canary))
        for (id, run) in health.runs where id != canary && run.outcome == record.run?.outcome {
            if let other = try HealthRow.load(db, id) { opening.add(other) }
        }
    }

    /// The canary was proved to be turned away, for all of its origin. Its record carries the incident while the control
    /// profile's first good answer is awaited, the origin's row while nobody asks.
    private func open(
        _ incident: ULID, softBlocked url: Int64, _ breaker: inout OriginBreaker, _ verdict: Verdict
    ) throws {
        guard let record = try HealthRow.load(db, url), record.softBlock?.incident == incident,
            var opening = IncidentOpening(incident, .origin(verdict.origin), record, event: .softBlocked)
        else { return }
        let urls = try incidents.urls(of: verdict.origin)
        if breaker.phase == .parked { breaker.urls = urls }
        opening.urlsAffected = urls
        try addOthers(but: url, &opening, record, breaker)
        let opened = try incidents.open(opening, at: verdict.at) ?? incident
        if breaker.phase == .parked { breaker.incident = opened }
    }

    /// The canary, alone broken now, of an incident that was told of another URL.
    private func openOwn(_ url: Int64, _ verdict: Verdict) throws {
        var random = SystemRandomNumberGenerator()
        let incident = ULID(at: verdict.at, using: &random)
        guard var record = try HealthRow.load(db, url), let opening = IncidentOpening(incident, .url(url), record)
        else {
            return
        }
        let opened = try incidents.open(opening, at: verdict.at) ?? incident
        record.mark?.incident = opened
        try HealthRow.save(db, url, record, dueAt: verdict.healthDueAt)
        guard let rate = verdict.savedRate else { return }
        try LedgerTable(db: db).open(opened, rate, urls: 1, of: verdict.origin, at: verdict.at)
    }

    private func open(_ incident: ULID, partial url: Int64, _ run: HealthRecord.Run, _ verdict: Verdict) throws {
        var record = HealthRecord(streakSince: run.since)
        record.run = run
        record.requests = 1
        guard var opening = IncidentOpening(incident, .partial(verdict.origin), record) else { return }
        opening.urlsAffected = try BreakerTable(db: db).urls(sharing: incident)
        let opened = try incidents.open(opening, at: verdict.at) ?? incident
        if let rate = verdict.savedRate {
            try LedgerTable(db: db).open(opened, rate, urls: 1, of: verdict.origin, at: verdict.at)
        }
    }

    /// How the origin's incident goes on stands in its canary's record.
    private func note(_ breaker: OriginBreaker) throws {
        guard let incident = breaker.incident, let record = try HealthRow.load(db, breaker.canary), let run = record.run
        else { return }
        var progress = IncidentProgress()
        progress.observations = run.observations
        progress.lastAt = run.lastAt
        progress.requestsSpent = record.requests
        progress.rays = run.rays
        progress.colos = run.colos
        progress.evidence = run.evidence
        try incidents.note(incident, progress)
    }

    private func write(_ canary: OriginChange.Canary, _ verdict: Verdict) throws {
        switch canary {
        case .record(let id, let box?, let due): try HealthRow.save(db, id, box.record, dueAt: due)
        case .record(let id, nil, let due): try recovered(id, nil, due: due ?? verdict.at)
        case .recovered(let id, let box, let due): try recovered(id, box?.record, due: due)
        case .successor(let id, let before):
            guard var record = try HealthRow.load(db, id) else { return }
            if let before = before?.record {
                record.run = before.run
                record.phase = before.phase
                record.mark = before.mark
            }
            try HealthRow.save(db, id, record, dueAt: verdict.at)
            guard record.phase == .broken else { return }
            let row = try RawStatement(db, "UPDATE url SET state = 5 WHERE id = ? AND state = 1")
            row.bind(id, at: 1)
            guard try row.run() == 1 else { return }
            var tally = try Tally(db)
            tally.move(id, from: .scheduled, to: .brokenOrigin)
            try tally.write(db)
        }
    }

    /// `left`: what is remembered of a URL that is fine.
    private func recovered(_ id: Int64, _ left: HealthRecord?, due: Instant) throws {
        if let left { try HealthRow.save(db, id, left, dueAt: nil) } else { try HealthRow.delete(db, id) }
        _ = try RelapseTable(db: db).follow(id, left)
        let row = try RawStatement(
            db, "UPDATE url SET state = 1, due_at = crawld_due(due_at, ?2), has_health = ?3 WHERE id = ?1 AND state = 5"
        )
        row.bind(id, at: 1)
        row.bind(due, at: 2)
        row.bind(left == nil ? 0 : 1, at: 3)
        guard try row.run() == 1 else { return }
        var tally = try Tally(db)
        tally.move(id, from: .brokenOrigin, to: .scheduled)
        try tally.write(db)
    }
}
