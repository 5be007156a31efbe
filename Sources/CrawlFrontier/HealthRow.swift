import CrawlCore
import Foundation
import GRDB

/// A health record as a row. Values of an old or damaged row that mean nothing read as "no run": they never trap.
enum HealthRow {
    static let columns = """
        phase, streak_since, level, neutral_tries, requests, run_outcome, run_since, run_last_at, run_observations,
        run_probe_times, run_burst_attempts, run_grade, run_timeline, run_evidence, incident, mark_step, mark_good,
        http1, soft_block, held_back
        """

    /// The parts of a run that only people read.
    private struct Texts: Codable {
        var rays: [String]
        var colos: [String]
        var last: Evidence?
        /// `HealthRecord.Run.met` by name; nil = none.
        var met: [String: Int]?
    }

    static func load(_ db: Database, _ id: Int64) throws -> HealthRecord? {
        let row = try RawStatement(db, "SELECT \(columns) FROM health WHERE id = ?")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        var record = HealthRecord(streakSince: time(row.int(1)))
        record.level = count(row.int(2))
        record.neutralTries = count(row.int(3))
        record.requests = count(row.int(4))
        record.http1 = row.int(17) == 1
        record.softBlock = SoftBlockText.read(row.bytes(18))
        record.isHeldBack = row.int(19) == 1
        if let outcome = row.optionalInt(5).flatMap({ Outcome(rawValue: UInt8(clamping: $0)) }) {
            var run = HealthRecord.Run(
                outcome: outcome, since: time(row.int(6)), lastAt: time(row.int(7)),
                observations: count(row.int(8)), probeTimes: count(row.int(9)),
                burstAttempts: count(row.int(10)), timeline: Int(min(max(row.int(12), -1), 1 << 40)))
            run.grade = row.optionalInt(11).flatMap { Grade(rawValue: UInt8(clamping: $0)) }
            if let texts = try? JSONDecoder().decode(Texts.self, from: Data(row.bytes(13))) {
                run.rays = texts.rays
                run.colos = texts.colos
                run.evidence = texts.last
                for (name, count) in texts.met ?? [:] {
                    if let failure = RobotsFailure(name: name) { run.met[failure] = self.count(Int64(count)) }
                }
            }
            record.run = run
            record.phase = HealthRecord.Phase(rawValue: UInt8(clamping: row.int(0))) ?? .healthy
        }
        let incident = row.optionalText(14).flatMap { ULID($0) }
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
            mark.step = count(row.int(15))
            mark.good = count(row.int(16))
            record.mark = mark
        }
        return record
    }

    /// Counters of a damaged row are kept small enough to count on.
    private static func count(_ value: Int64) -> Int { Int(min(max(value, 0), 1 << 40)) }

    /// Times of a damaged row are kept near enough to be subtracted.
    static func time(_ ms: Int64) -> Instant { Instant(ms: min(max(ms, 0), 1 << 50)) }

    static func save(_ db: Database, _ id: Int64, _ record: HealthRecord, dueAt: Instant?) throws {
        let row = try RawStatement(
            db,
            """
            INSERT OR REPLACE INTO health (id, due_at, \(columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
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
            let texts = Texts(
                rays: run.rays, colos: run.colos, last: run.evidence, met: run.met.isEmpty ? nil : run.metByName)
            row.bind(String(decoding: try JSONEncoder().encode(texts), as: UTF8.self), at: 16)
        }
        if record.phase == .partial {
            row.bind(record.sharedIncident?.description, at: 17)
        } else if let mark = record.mark {
            row.bind(mark.incident.description, at: 17)
            row.bind(Int64(mark.step), at: 18)
            row.bind(Int64(mark.good), at: 19)
        }
        row.bind(record.http1 ? 1 : 0, at: 20)
        row.bind(try record.softBlock.map { try SoftBlockText($0).text }, at: 21)
        row.bind(record.isHeldBack ? 1 : 0, at: 22)
        try row.run()
        row.reset()
    }

    static func delete(_ db: Database, _ id: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM health WHERE id = ?")
        row.bind(id, at: 1)
        try row.run()
    }
}
