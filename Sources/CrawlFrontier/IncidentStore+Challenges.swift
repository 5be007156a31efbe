import CrawlCore
import GRDB

/// An edge that challenges us does so for many of its sites: their origins share one incident, and one message a day tells
/// how many they are. It is over with the last of them; what comes again within the day goes on with it.
extension IncidentStore {
    private var challenges: ChallengeTable { ChallengeTable(db: db) }

    /// An hour of nothing but challenges of `edge` holds for an origin. Returns the incident that it is part of from now on.
    func join(_ mark: ULID, _ record: HealthRecord, origin: Int64, _ edge: Edge, at: Instant) throws -> ULID {
        guard var opening = IncidentOpening(mark, .challenges(edge), record) else { return mark }
        let isNew = try challenges.add(origin, edge)
        if var open = try challenges.load(edge) {
            if isNew { open.origins += 1 }
            try challenges.save(open, edge)
            try alias(mark, open.incident)
            try grow(open, opening, edge, at: at)
            return open.incident
        }
        opening.urlsAffected = 1
        opening.sample = try challenges.sample(edge)
        opening.gathers = ChallengeTable.gathers
        let incident = try self.open(opening, at: at) ?? mark
        var open = ChallengeTable.Open(incident: incident, origins: 1, seq: nil, gathersUntil: at)
        if incident == mark {
            open.seq = try lastMessage()
            open.gathersUntil = at + ChallengeTable.gathers
        }
        try challenges.save(open, edge)
        if incident != mark { try tellIfDue(open, at: at) }
        return incident
    }

    /// The incident of a robots.txt is over, as far as this origin goes.
    func end(
        _ incident: ULID, ofRobots origin: Int64, how: AlertFacts.Ending, at: Instant, spent: Int = 0
    ) throws {
        guard let edge = try challenges.edge(of: origin), var open = try challenges.load(edge) else {
            return try close(incident, how: how, at: at, spent: spent)
        }
        try challenges.remove(origin)
        try forget(mark: incident, of: open.incident)
        open.origins -= 1
        guard open.origins <= 0 else {
            try challenges.save(open, edge)
            _ = try edit(open.incident) { facts in
                facts.urlsAffected = open.origins
                facts.sample = try challenges.sample(edge)
                facts.requestsSpent += spent
            }
            return
        }
        let wait = try toldAt(open.incident) + ChallengeTable.tellsEvery - at
        try challenges.delete(edge)
        try close(open.incident, how: how, at: at, spent: spent, wait: max(hold, wait), mayRelapse: true)
    }

    /// What one more origin adds. The first message tells of it too while nobody was sent that, else the next one does.
    private func grow(
        _ open: ChallengeTable.Open, _ opening: IncidentOpening, _ edge: Edge, at: Instant
    ) throws {
        let facts = try edit(open.incident) { facts in
            facts.urlsAffected = open.origins
            facts.sample = try challenges.sample(edge)
            facts.firstAtMs = min(facts.firstAtMs, opening.firstAt.ms)
            facts.lastAtMs = max(facts.lastAtMs, opening.lastAt.ms)
            facts.observations += opening.observations
            facts.requestsSpent += opening.requestsSpent
            facts.note(rays: opening.rays, colos: opening.colos)
            facts.note(outcomes: opening.outcomes)
            facts.evidence = opening.evidence ?? facts.evidence
        }
        guard let facts else { return }
        guard at < open.gathersUntil, let seq = open.seq else { return try tellIfDue(open, at: at) }
        let message = try RawStatement(db, "UPDATE alert SET facts = ? WHERE seq = ?")
        message.bind(try Self.text(facts), at: 1)
        message.bind(seq, at: 2)
        try message.run()
    }

    /// Without reminders a message a day tells of those that have joined since the one before.
    private func tellIfDue(_ open: ChallengeTable.Open, at: Instant) throws {
        guard try toldAt(open.incident) + ChallengeTable.tellsEvery <= at else { return }
        try remind(of: open.incident.description, at: at)
    }

    private func toldAt(_ incident: ULID) throws -> Instant {
        let row = try RawStatement(db, "SELECT told_at FROM incident WHERE id = ?")
        row.bind(incident.description, at: 1)
        defer { row.reset() }
        return try row.step() ? HealthRow.time(row.int(0)) : Instant(ms: 0)
    }

    private func lastMessage() throws -> Int64? {
        let row = try RawStatement(db, "SELECT max(seq) FROM alert")
        defer { row.reset() }
        return try row.step() ? row.optionalInt(0) : nil
    }

    private func alias(_ mark: ULID, _ incident: ULID) throws {
        let row = try RawStatement(db, "INSERT OR REPLACE INTO relapse_mark (mark, incident) VALUES (?, ?)")
        row.bind(mark.description, at: 1)
        row.bind(incident.description, at: 2)
        try row.run()
    }

    private func forget(mark: ULID, of incident: ULID) throws {
        guard mark != incident else { return }
        let row = try RawStatement(db, "DELETE FROM relapse_mark WHERE mark = ?")
        row.bind(mark.description, at: 1)
        try row.run()
    }

    /// Returns the facts as they are now; nil = it is not open.
    private func edit(_ incident: ULID, _ change: (inout AlertFacts) throws -> Void) throws -> AlertFacts? {
        guard var facts = try load(incident.description, isOpen: true)?.facts else { return nil }
        try change(&facts)
        try write(facts, of: incident.description)
        return facts
    }
}
