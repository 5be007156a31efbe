@testable import CrawlCore

/// What a frontier should hold, as a plain dictionary and in the words of the rules.
struct FrontierModel {
    struct Row {
        var state = URLState.scheduled
        var priority = 0
        var due: Instant?
        var healthDue: Instant?
        var recrawl: Recrawl?
        var meta: String?
        var attempts = 0
        var lastAt: Instant?
        var lastOutcome: Outcome?
        var health: HealthRecord?
        var contentBytes: Int64?
        /// A verdict counts only for the row it was leased from: a removal or revival makes another one.
        var life: Int
    }

    var rows: [String: Row] = [:]
    /// Why origins are held.
    var holds: [String: OriginRobots.Hold] = [:]
    var openIncidents: Set<String> = []
    var alerts = 0
    private var lives = 0

    private mutating func newLife() -> Int {
        lives += 1
        return lives
    }

    mutating func enqueue(_ url: String, _ options: EnqueueOptions, now: Instant) -> Bool {
        guard var row = rows[url] else {
            var row = Row(life: newLife())
            row.priority = options.priority ?? 0
            row.due = options.force ? now : options.dueAt ?? now
            row.recrawl = options.recrawl
            row.meta = options.meta
            rows[url] = row
            return true
        }
        row.priority = options.priority ?? row.priority
        row.recrawl = options.recrawl ?? row.recrawl
        row.meta = options.meta ?? row.meta
        if options.force || options.dueAt != nil {
            let due = options.force ? now : options.dueAt ?? now
            switch row.health?.phase ?? .healthy {
            case .healthy:
                row.due = due
                row.state = .scheduled
            case .suspect, .pending:
                row.healthDue = min(row.healthDue ?? due, due)
                row.state = .scheduled
            case .broken, .waiting, .partial, .softBlocked: break
            }
        }
        rows[url] = row
        return false
    }

    mutating func complete(_ url: String, life: Int, _ verdict: Verdict) {
        guard var row = rows[url], row.life == life else { return }
        let wish = row.due != verdict.leasedDueAt ? row.due : nil
        row.attempts += 1
        row.lastAt = verdict.at
        row.lastOutcome = verdict.outcome
        row.health = verdict.health?.record
        row.healthDue = verdict.healthDueAt
        if let wish, verdict.healthDueAt == nil, ![.brokenOrigin, .softBlocked].contains(verdict.state) {
            row.due = wish
            row.state = .scheduled
        } else {
            row.due = verdict.dueAt
            row.state = verdict.state
        }
        if let content = verdict.content { row.contentBytes = content.bytes }
        if let incident = verdict.incident?.description {
            switch verdict.event {
            case .marked?:
                openIncidents.insert(incident)
                alerts += 1
            case .resolved?: close(incident)
            case nil: break
            }
        }
        rows[url] = row
    }

    mutating func revive(_ url: String, now: Instant) {
        guard var row = rows[url] else { return }
        if let mark = row.health?.mark { close(mark.incident.description) }
        row.health = nil
        row.healthDue = nil
        row.state = .scheduled
        row.due = now
        row.life = newLife()
        rows[url] = row
    }

    mutating func remove(_ url: String) {
        guard let row = rows.removeValue(forKey: url) else { return }
        if let mark = row.health?.mark { close(mark.incident.description) }
    }

    /// The store gave the row another number: an answer to the old one no longer counts.
    mutating func renumber(_ url: String) {
        let life = newLife()
        rows[url]?.life = life
    }

    private mutating func close(_ incident: String) {
        if openIncidents.remove(incident) != nil { alerts += 1 }
    }

    func rows(of origin: String) -> [String: Row] { rows.filter { $0.key.hasPrefix(origin + "/") } }

    /// Scheduled URLs of held origins.
    var held: Set<String> {
        Set(holds.keys.flatMap { origin in rows(of: origin).filter { $0.value.state == .scheduled }.keys })
    }

    /// By origin, what of it is due.
    func due(_ origin: String, now: Instant, without: Set<String>) -> [(url: String, row: Row)] {
        rows.filter { $0.key.hasPrefix(origin + "/") && !without.contains($0.key) }
            .filter { $0.value.due.map { $0 <= now } ?? false }
            .map { ($0.key, $0.value) }
            .sorted { ($1.row.priority, $0.row.due ?? now) < ($0.row.priority, $1.row.due ?? now) }
    }

    /// Canaries go first.
    private static func turn(_ row: Row, _ now: Instant) -> (Int, Instant) {
        (row.health?.phase == .broken ? 0 : 1, row.healthDue ?? now)
    }

    func healthDue(_ origin: String, now: Instant, without: Set<String>) -> [(url: String, row: Row)] {
        rows.filter { $0.key.hasPrefix(origin + "/") && !without.contains($0.key) }
            .filter { $0.value.healthDue.map { $0 <= now } ?? false }
            .map { ($0.key, $0.value) }
            .sorted { Self.turn($0.row, now) < Self.turn($1.row, now) }
    }
}
