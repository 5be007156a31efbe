import CrawlCore
import Foundation
import GRDB

/// Opens and closes incidents, and posts what they have to tell; always inside the transaction of what caused it.
struct IncidentStore {
    let db: Database
    let outbox: AlertOutbox
    /// How long a `resolved` message waits for a relapse.
    let hold: Duration
    /// Set = what is noted waits in it until somebody looks at the incident's row, or `writeNotes` is called, which has to
    /// be before the transaction ends. nil = it is written at once.
    var notes: IncidentNotes?

    private var relapses: RelapseTable { RelapseTable(db: db) }

    // MARK: Open

    /// Returns the incident that is open now: the opening's own, or an earlier one whose end was not told yet and that
    /// goes on without a message, or a URL's that becomes its origin's. nil = what it is about is gone, and nothing was opened.
    @discardableResult
    func open(_ opening: IncidentOpening, at: Instant) throws -> ULID? {
        guard let place = try place(opening.subject) else { return nil }
        var facts = AlertFacts(
            event: opening.event, incident: opening.incident.description, scope: opening.subject.scope,
            cause: opening.cause, url: place.url, origin: place.origin, firstAtMs: opening.firstAt.ms,
            lastAtMs: opening.lastAt.ms, observations: opening.observations + opening.observationsElsewhere,
            requestsSpent: opening.requestsSpent + opening.requestsElsewhere)
        facts.consumer = opening.subject.consumer
        facts.observationsBefore = opening.observationsElsewhere
        facts.requestsBefore = opening.requestsElsewhere
        facts.urlsAffected = try opening.urlsAffected ?? affected(opening.subject)
        facts.sample = try Array((opening.sample ?? sample(opening.subject, place)).prefix(AlertFacts.maxSample))
        facts.requestsSaved = opening.requestsSaved
        facts.grade = opening.grade?.name
        facts.note(rays: opening.rays, colos: opening.colos)
        facts.evidence = opening.evidence
        facts.outcomes = opening.outcomes
        if opening.event == .brokenOrigin, let earlier = try relapses.earlier(opening, at: at) {
            return try reopen(earlier, facts, opening)
        }
        if let part = try part(of: opening) { return try widen(part, facts, opening, at: at) }
        facts.previous = try previous(opening.subject, url: place.url)
        let row = try RawStatement(
            db,
            """
            INSERT INTO incident (id, scope, url_id, cause, url, origin, marked_at, told_at, facts, previous)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        row.bind(facts.incident, at: 1)
        row.bind(facts.scope.rawValue, at: 2)
        row.bind(opening.subject.number, at: 3)
        row.bind(facts.cause, at: 4)
        row.bind(facts.url, at: 5)
        row.bind(facts.origin, at: 6)
        row.bind(at.ms, at: 7)
        row.bind(at.ms, at: 8)
        row.bind(try Self.text(facts), at: 9)
        row.bind(facts.previous, at: 10)
        try row.run()
        try outbox.post(facts, at: at, notBefore: at + opening.gathers)
        return opening.incident
    }

    /// The episode goes on: its `resolved` message, which nobody has seen, is taken back.
    private func reopen(_ earlier: RelapseTable.Earlier, _ new: AlertFacts, _ opening: IncidentOpening) throws -> ULID?
    {
        guard let incident = ULID(earlier.incident), let old = try load(earlier.incident, isOpen: false)?.facts else {
            return nil
        }
        try outbox.withdraw(earlier.seq)
        var facts = new
        facts.relapses = 1
        _ = try goOn(old, as: facts, opening)
        try relapses.forget(incident: old.incident)
        return incident
    }

    /// An incident that is told of already is open, and about what `new` says; the counts add up.
    func goOn(_ old: AlertFacts, as new: AlertFacts, _ opening: IncidentOpening) throws -> ULID? {
        var facts = new
        facts.incident = old.incident
        facts.firstAtMs = old.firstAtMs
        facts.previous = old.previous
        facts.relapses += old.relapses
        facts.observationsBefore += old.observations
        facts.observations += old.observations
        facts.requestsBefore += old.requestsSpent
        facts.requestsSpent += old.requestsSpent
        (facts.rays, facts.colos) = (old.rays, old.colos)
        facts.note(rays: new.rays, colos: new.colos)
        if facts.scope == .edge { facts.note(outcomes: old.outcomes) }
        facts.requestsSaved += old.requestsSaved
        let row = try RawStatement(
            db,
            """
            UPDATE incident SET closed_at = NULL, how = NULL, resolved_seq = NULL, hold_until = NULL, scope = ?,
                url_id = ?, cause = ?, url = ?, origin = ?, facts = ?
            WHERE id = ?
            """)
        row.bind(facts.scope.rawValue, at: 1)
        row.bind(opening.subject.number, at: 2)
        row.bind(facts.cause, at: 3)
        row.bind(facts.url, at: 4)
        row.bind(facts.origin, at: 5)
        row.bind(try Self.text(facts), at: 6)
        row.bind(facts.incident, at: 7)
        try row.run()
        let alias = try RawStatement(db, "INSERT OR REPLACE INTO relapse_mark (mark, incident) VALUES (?, ?)")
        alias.bind(opening.incident.description, at: 1)
        alias.bind(facts.incident, at: 2)
        try alias.run()
        return ULID(facts.incident)
    }

    /// The incident that a mark belongs to: its own, unless the mark was a relapse, or widened a URL's.
    func current(_ mark: ULID) throws -> ULID {
        let row = try RawStatement(db, "SELECT incident FROM relapse_mark WHERE mark = ?")
        row.bind(mark.description, at: 1)
        defer { row.reset() }
        return try row.step() ? ULID(row.text(0)) ?? mark : mark
    }

    // MARK: While it is open

    /// From an origin, or a part of it, to the one URL that still fails. Nothing is told of it.
    func narrow(_ incident: ULID, to id: Int64) throws {
        let incident = try current(incident).description
        guard var facts = try load(incident, isOpen: true)?.facts, let place = try place(.url(id)) else { return }
        facts.scope = .url
        facts.url = place.url
        facts.origin = place.origin
        facts.toldOf = nil
        facts.urlsAffected = 1
        facts.sample = [place.url].compactMap(\.self)
        let row = try RawStatement(
            db, "UPDATE incident SET scope = 'url', url_id = ?, url = ?, origin = ?, facts = ? WHERE id = ?")
        row.bind(id, at: 1)
        row.bind(place.url, at: 2)
        row.bind(place.origin, at: 3)
        row.bind(try Self.text(facts), at: 4)
        row.bind(incident, at: 5)
        try row.run()
    }

    /// For incidents that have no health row of their own, which tells how a URL's or a robots.txt's goes on.
    func note(_ incident: ULID, _ progress: IncidentProgress) throws {
        let incident = try current(incident).description
        if notes?.facts[incident]?.take(progress) != nil { return }
        guard var facts = try load(incident, isOpen: true)?.facts else { return }
        facts.take(progress)
        if let notes { notes.facts[incident] = facts } else { try write(facts, of: incident) }
    }

    func writeNotes() throws {
        guard let notes else { return }
        for (incident, facts) in notes.facts.sorted(by: { $0.key < $1.key }) { try write(facts, of: incident) }
        notes.facts = [:]
    }

    func write(_ facts: AlertFacts, of incident: String) throws {
        let row = try RawStatement(db, "UPDATE incident SET facts = ? WHERE id = ?")
        row.bind(try Self.text(facts), at: 1)
        row.bind(incident, at: 2)
        try row.run()
    }

    /// Posts one reminder for each open incident of which nothing was told for `interval`, however long that is, at
    /// most `limit` of them.
    /// `rules`: when what is marked is looked at next.
    func remind(after interval: Duration, limit: Int, at: Instant, rules: HealthRules) throws {
        // Of challenges a message a day is told, however often of others.
        let rows = try RawStatement(
            db,
            """
            SELECT id FROM incident
            WHERE closed_at IS NULL AND told_at <= ?1 AND NOT (told_at > ?3 AND id IN (SELECT incident FROM challenge))
            ORDER BY told_at LIMIT ?2
            """)
        rows.bind((at + (.zero - interval)), at: 1)
        rows.bind(Int64(limit), at: 2)
        rows.bind((at + (.zero - ChallengeTable.tellsEvery)), at: 3)
        var due: [String] = []
        while try rows.step() { due.append(rows.text(0)) }
        rows.reset()
        for incident in due { try remind(of: incident, at: at, rules: rules) }
    }

    /// Posts a reminder of an open incident. `rules`: nil = it has no mark.
    func remind(of incident: String, at: Instant, rules: HealthRules? = nil) throws {
        let told = try RawStatement(db, "UPDATE incident SET told_at = ? WHERE id = ?")
        told.bind(at.ms, at: 1)
        told.bind(incident, at: 2)
        try told.run()
        guard var open = try load(incident, isOpen: true) else { return }
        try refresh(&open.facts, open.number)
        if open.facts.scope == .origin, let number = open.number {
            open.facts.urlsAffected = try affected(.origin(URLKey.origin(of: number)))
        }
        open.facts.requestsSaved += Int(clamping: try LedgerTable(db: db).saved(by: incident, at: at) ?? 0)
        if let rules { open.facts.nextLook = try MarkLooks(db: db, rules: rules).look(of: open.facts, open.number) }
        open.facts.event = .reminder
        try outbox.post(open.facts, at: at, notBefore: at)
    }

    // MARK: Close

    /// Does nothing if the incident is closed already. Call it while the health row that it ends is there still: that
    /// has the last counts. `spent`: requests that are not in it yet.
    /// `wait`: for a relapse; nil = as configured. `mayRelapse`: also what an operator ended.
    func close(
        _ incident: ULID, how: AlertFacts.Ending, at: Instant, spent: Int = 0, wait: Duration? = nil,
        mayRelapse: Bool = false
    ) throws {
        let incident = try current(incident).description
        guard var open = try load(incident, isOpen: true) else { return }
        try refresh(&open.facts, open.number)
        open.facts.requestsSpent += spent
        open.facts.requestsSaved += Int(clamping: try LedgerTable(db: db).close(incident, at: at))
        var told = open.facts
        told.event = .resolved
        told.how = how
        let seq = try outbox.post(told, at: at, notBefore: at + (wait ?? hold))
        // What an operator ended is over: a new hour of failures is a new incident.
        let mayRelapse = mayRelapse || how == .recovered && open.facts.event == .brokenOrigin
        let update = try RawStatement(
            db,
            "UPDATE incident SET closed_at = ?, how = ?, facts = ?, resolved_seq = ?, hold_until = ? WHERE id = ?")
        update.bind(at.ms, at: 1)
        update.bind(how.rawValue, at: 2)
        update.bind(try Self.text(open.facts), at: 3)
        update.bind(mayRelapse ? seq : nil, at: 4)
        update.bind(mayRelapse ? at + (wait ?? hold) : nil, at: 5)
        update.bind(incident, at: 6)
        try update.run()
        let marks = try RawStatement(db, "DELETE FROM relapse_mark WHERE incident = ?")
        marks.bind(incident, at: 1)
        try marks.run()
    }

    // MARK: Rows

    struct Stored {
        var facts: AlertFacts
        var number: Int64?
    }

    /// nil if there is no such incident, or its facts are of a later version. Facts are read here only: what was noted of
    /// the incident is in its row from now on, and whoever changes that begins with it.
    func load(_ incident: String, isOpen: Bool) throws -> Stored? {
        if let noted = notes?.facts.removeValue(forKey: incident) { try write(noted, of: incident) }
        let row = try RawStatement(
            db, "SELECT facts, url_id FROM incident WHERE id = ? AND (closed_at IS NULL) = ?")
        row.bind(incident, at: 1)
        row.bind(isOpen ? 1 : 0, at: 2)
        defer { row.reset() }
        guard try row.step() else { return nil }
        guard let facts = try? JSONDecoder().decode(AlertFacts.self, from: Data(row.bytes(0))) else { return nil }
        return Stored(facts: facts, number: row.optionalInt(1))
    }

    /// The counts of an open incident as the health row of its subject, if it has one, has them; of one that URLs share
    /// what they have cost.
    func refresh(_ facts: inout AlertFacts, _ number: Int64?) throws {
        if facts.scope == .partial, let number, let incident = ULID(facts.incident) {
            let spent = try spent(sharing: incident, of: URLKey.origin(of: number))
            facts.requestsSpent = max(facts.requestsSpent, facts.requestsBefore + spent)
            return
        }
        guard let number, let record = try HealthRow.load(db, number) else { return }
        // A soft block's counts end with its proof; what the other profile meets is another matter.
        let incident = record.phase == .softBlocked ? record.softBlock?.incident : record.mark?.incident
        guard let incident, try current(incident).description == facts.incident else { return }
        facts.take(record)
    }

    static func text(_ facts: AlertFacts) throws -> String {
        String(decoding: try JSONEncoder().encode(facts), as: UTF8.self)
    }

    /// The last incident of the same URL or origin. Numbers of removed URLs are used again, so the URL has to agree.
    private func previous(_ subject: IncidentSubject, url: String?) throws -> String? {
        guard let number = subject.number else { return nil }
        let row = try RawStatement(
            db,
            """
            SELECT id FROM incident WHERE url_id = ?1 AND closed_at IS NOT NULL AND (url_id < 0 OR url IS ?2)
            ORDER BY id DESC LIMIT 1
            """)
        row.bind(number, at: 1)
        row.bind(url, at: 2)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    // MARK: What it is about

    func place(_ subject: IncidentSubject) throws -> (url: String?, origin: String?)? {
        try Place(db: db).of(subject)
    }

    /// Of an origin those that wait, as its hold has them; all if nothing holds it.
    private func affected(_ subject: IncidentSubject) throws -> Int {
        switch subject {
        case .edge, .challenges, .offline, .consumer, .archive: return 0
        case .url: return 1
        case .robots(let origin), .origin(let origin), .partial(let origin):
            let hold = HoldTable(db: db)
            return try hold.reasons(of: origin).isEmpty ? urls(of: origin) : hold.urls(of: origin)
        }
    }

    /// All URLs of the origin, as kept.
    func urls(of origin: Int64) throws -> Int {
        let row = try RawStatement(db, "SELECT urls FROM origin WHERE id = ?")
        row.bind(origin, at: 1)
        defer { row.reset() }
        return try row.step() ? row.count(0) : 0
    }

    private func sample(_ subject: IncidentSubject, _ place: (url: String?, origin: String?)) throws -> [String] {
        switch subject {
        case .edge, .challenges, .offline, .consumer, .archive: return []
        case .url: return [place.url].compactMap(\.self)
        case .robots(let origin), .origin(let origin), .partial(let origin):
            let rows = try RawStatement(db, "SELECT path FROM url WHERE id >> 40 = ? AND due_at IS NOT NULL LIMIT ?")
            rows.bind(origin, at: 1)
            rows.bind(Int64(AlertFacts.maxSample), at: 2)
            defer { rows.reset() }
            var found: [String] = []
            while try rows.step() { found.append((place.origin ?? "") + rows.text(0)) }
            return found
        }
    }
}

extension AlertFacts {
    /// How the marked URL, or robots.txt, has gone on.
    fileprivate mutating func take(_ record: HealthRecord) {
        requestsSpent = requestsBefore + record.requests
        guard let run = record.run else { return }
        observations = observationsBefore + run.observations
        lastAtMs = run.lastAt.ms
        grade = run.grade?.name
        note(rays: run.rays, colos: run.colos)
        evidence = run.evidence
        if !run.met.isEmpty { outcomes = run.metByName }
    }

    fileprivate mutating func take(_ progress: IncidentProgress) {
        if let count = progress.observations { observations = observationsBefore + count }
        if let time = progress.lastAt { lastAtMs = time.ms }
        if let count = progress.urlsAffected { urlsAffected = count }
        if let urls = progress.sample { sample = Array(urls.prefix(Self.maxSample)) }
        if let count = progress.requestsSpent { requestsSpent = requestsBefore + count }
        if let count = progress.requestsSaved { requestsSaved = count }
        note(rays: progress.rays, colos: progress.colos)
        if let new = progress.evidence { evidence = new }
        note(outcomes: progress.outcomes)
        if progress.isAttempt { observations += 1 }
        requestsBefore += progress.requestsOfLeaver
    }
}
