import CrawlCore
import GRDB

/// A health record as a row. Values of an old or damaged row that mean nothing read as "no run": they never trap.
enum HealthRow {
    static let columns = """
        phase, streak_since, level, neutral_tries, requests, run_outcome, run_since, run_last_at, run_observations,
        run_probe_times, run_burst_attempts, run_grade, run_timeline, incident, mark_step, mark_good, http1, soft_block,
        held_back, run_rays, run_colos, run_met, \(EvidenceColumns.names)
        """

    // Made once: they are long, and looked up for every failing answer.
    private static let selection = "SELECT \(columns) FROM health WHERE id = ?"
    private static let insertion = """
        INSERT OR REPLACE INTO health (id, due_at, \(columns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \(EvidenceColumns.parameters))
        """

    static func load(_ db: Database, _ id: Int64) throws -> HealthRecord? {
        let row = try RawStatement(db, selection)
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        var record = HealthRecord(streakSince: time(row.int(1)))
        record.level = count(row.int(2))
        record.neutralTries = count(row.int(3))
        record.requests = count(row.int(4))
        record.http1 = row.int(16) == 1
        record.softBlock = SoftBlockText.read(row.words(17))
        record.isHeldBack = row.int(18) == 1
        if let outcome = row.optionalInt(5).flatMap({ Outcome(rawValue: UInt8(clamping: $0)) }) {
            var run = HealthRecord.Run(
                outcome: outcome, since: time(row.int(6)), lastAt: time(row.int(7)),
                observations: count(row.int(8)), probeTimes: count(row.int(9)),
                burstAttempts: count(row.int(10)), timeline: Int(min(max(row.int(12), -1), 1 << 40)))
            run.grade = row.optionalInt(11).flatMap { Grade(rawValue: UInt8(clamping: $0)) }
            run.rays = Array(row.words(19).suffix(HealthRecord.Run.raysKept))
            run.colos = Array(row.words(20).prefix(HealthRecord.Run.colosKept))
            run.met = met(row.words(21))
            run.evidence = EvidenceColumns.read(row, at: 22)
            record.run = run
            record.phase = HealthRecord.Phase(rawValue: UInt8(clamping: row.int(0))) ?? .healthy
        }
        let incident = row.optionalText(13).flatMap { ULID($0) }
        switch HealthRecord.Phase(rawValue: UInt8(clamping: row.int(0))) {
        case .waiting?: record.phase = .waiting
        case .partial?:
            record.phase = .partial
            record.sharedIncident = incident
            return record
        default: break
        }
        if let incident {
            var mark = HealthRecord.Mark(incident: incident)
            mark.step = count(row.int(14))
            mark.good = count(row.int(15))
            record.mark = mark
        }
        return record
    }

    /// Counters of a damaged row are kept small enough to count on.
    private static func count(_ value: Int64) -> Int { Int(min(max(value, 0), 1 << 40)) }

    /// Times of a damaged row are kept near enough to be subtracted.
    static func time(_ ms: Int64) -> Instant { Instant(ms: min(max(ms, 0), 1 << 50)) }

    static func save(_ db: Database, _ id: Int64, _ record: HealthRecord, dueAt: Instant?) throws {
        let row = try RawStatement(db, insertion)
        row.bind(id, at: 1)
        row.bind(dueAt, at: 2)
        row.bind(Int64(record.phase.rawValue), at: 3)
        row.bind(record.streakSince.ms, at: 4)
        row.bind(Int64(record.level), at: 5)
        row.bind(Int64(record.neutralTries), at: 6)
        row.bind(Int64(record.requests), at: 7)
        if let run = record.run {
            row.bind(Int64(run.outcome.rawValue), at: 8)
            row.bind(run.since.ms, at: 9)
            row.bind(run.lastAt.ms, at: 10)
            row.bind(Int64(run.observations), at: 11)
            row.bind(Int64(run.probeTimes), at: 12)
            row.bind(Int64(run.burstAttempts), at: 13)
            row.bind(run.grade.map { Int64($0.rawValue) }, at: 14)
            row.bind(Int64(run.timeline), at: 15)
            row.bind(text(run.rays), at: 22)
            row.bind(text(run.colos), at: 23)
            row.bind(text(met: run.met), at: 24)
            EvidenceColumns.bind(run.evidence, row, at: 25)
        }
        if record.phase == .partial {
            row.bind(record.sharedIncident?.description, at: 16)
        } else if let mark = record.mark {
            row.bind(mark.incident.description, at: 16)
            row.bind(Int64(mark.step), at: 17)
            row.bind(Int64(mark.good), at: 18)
        }
        row.bind(record.http1 ? 1 : 0, at: 19)
        row.bind(record.softBlock.map(SoftBlockText.text), at: 20)
        row.bind(record.isHeldBack ? 1 : 0, at: 21)
        try row.run()
        row.reset()
    }

    static func delete(_ db: Database, _ id: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM health WHERE id = ?")
        row.bind(id, at: 1)
        try row.run()
    }

    // MARK: Texts

    /// No blank stands in any of them: rays and data centres are kept only in their strict forms. nil = there are none.
    private static func text(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: " ") }

    /// As `challenge=3 serverError=1`; nil = there are none.
    private static func text(met: [RobotsFailure: Int]) -> String? {
        met.isEmpty ? nil : met.map { "\($0.key.name)=\($0.value)" }.sorted().joined(separator: " ")
    }

    private static func met(_ words: [String]) -> [RobotsFailure: Int] {
        var met: [RobotsFailure: Int] = [:]
        for word in words {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let failure = RobotsFailure(name: String(parts[0])), let times = Int64(parts[1])
            else { continue }
            met[failure] = count(times)
        }
        return met
    }
}
