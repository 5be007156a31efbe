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
            SELECT id FROM health
            WHERE phase = ?2 AND id >= ?1 << 40 AND id < (?1 + 1) << 40
                AND run_since > coalesce((SELECT last_good_at FROM breaker WHERE origin = ?1), run_since - 1)
            ORDER BY run_since
            """)
        rows.bind(origin, at: 1)
        let phase = opening.event == .softBlocked ? HealthRecord.Phase.softBlocked : .broken
        rows.bind(Int64(phase.rawValue), at: 2)
        var candidates: [Int64] = []
        while try rows.step() { candidates.append(rows.int(0)) }
        rows.reset()
        for url in candidates {
            guard let own = try HealthRow.load(db, url)?.incidentOfItsOwn else { continue }
            let incident = try current(own).description
            guard let old = try load(incident, isOpen: true), old.number == url, old.facts.scope == .url,
                old.facts.event == opening.event, old.facts.cause == opening.cause
            else { continue }
            return Part(url: url, incident: incident, facts: old.facts)
        }
        return nil
    }

    /// The URL itself is one of those that wait from now on, and due as soon as the origin is well.
    func widen(_ part: Part, _ new: AlertFacts, _ opening: IncidentOpening, at: Instant) throws -> ULID? {
        guard var record = try HealthRow.load(db, part.url) else { return nil }
        var old = part.facts
        try refresh(&old, part.url)
        var new = new
        new.toldOf = old.url.map { AlertFacts.ToldOf(id: part.url, url: $0) }
        let incident = try goOn(old, as: new, opening)
        // Its requests are counted; its window is over, whatever the gap to its next answer.
        let before = record.phase.stateOfURL
        record.phase = .pending
        record.mark = nil
        record.softBlock = nil
        record.requests = 0
        record.run?.timeline = -1
        try HealthRow.save(db, part.url, record, dueAt: at)
        if let before { try move(part.url, from: before, to: .scheduled) }
        return incident
    }

    /// An origin's incident narrows while the URL that it was told of fails still: it is that URL's again, at once due for
    /// its recheck. True if so; then the one that it would have narrowed to was told to nobody.
    func giveBack(_ incident: ULID, at: Instant) throws -> Bool {
        let current = try current(incident)
        guard let facts = try load(current.description, isOpen: true)?.facts, let told = facts.toldOf,
            try place(.url(told.id))?.url == told.url, var record = try HealthRow.load(db, told.id), record.isOpen,
            record.mark == nil, record.run?.outcome.cause == facts.cause
        else { return false }
        try narrow(current, to: told.id)
        record.phase = .broken
        record.mark = HealthRecord.Mark(incident: current)
        try HealthRow.save(db, told.id, record, dueAt: at)
        try move(told.id, from: .scheduled, to: .brokenOrigin)
        return true
    }

    private func move(_ url: Int64, from: URLState, to: URLState) throws {
        let row = try RawStatement(db, "UPDATE url SET state = ? WHERE id = ? AND state = ?")
        row.bind(Int64(to.rawValue), at: 1)
        row.bind(url, at: 2)
        row.bind(Int64(from.rawValue), at: 3)
        guard try row.run() == 1 else { return }
        var tally = try Tally(db)
        tally.move(url, from: from, to: to)
        try tally.write(db)
    }

    /// An answer of a URL whose incident has become its origin's while it was asked: it says nothing for itself any more.
    func isPart(_ url: Int64) throws -> Bool {
        try HealthRow.load(db, url).map { $0.isOpen && $0.mark == nil } ?? false
    }
}

extension HealthRecord {
    /// Of a marked URL, or a parked one.
    fileprivate var incidentOfItsOwn: ULID? {
        switch phase {
        case .broken: mark?.incident
        case .softBlocked where softBlock?.isParked ?? false: softBlock?.incident
        default: nil
        }
    }
}

extension HealthRecord.Phase {
    /// The state that a URL has as long as it is in this phase; nil = that depends on other things.
    var stateOfURL: URLState? {
        switch self {
        case .broken: .brokenOrigin
        case .softBlocked: .softBlocked
        default: nil
        }
    }
}
