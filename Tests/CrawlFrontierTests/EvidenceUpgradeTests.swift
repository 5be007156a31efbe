import CrawlTesting
import Foundation
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A frontier that kept what failing answers left as JSON says the same of them in columns.
struct EvidenceUpgradeTests {
    static let id: Int64 = 1 << 40

    /// As the step before has it: one URL that fails, and what `fill` writes.
    private static func upgraded(_ fill: (Database) throws -> Void) throws -> (folder: FrontierFolder, FrontierStore) {
        let folder = try FrontierFolder()
        try folder.make(format: Schema.steps(before: Schema.evidenceInColumns)) { db in
            try db.execute(
                sql: """
                    INSERT INTO origin (id, key, has_work, urls) VALUES (1, 'https://a.example', 1, 1);
                    INSERT INTO url (id, path, state, generation, priority, has_health, attempts)
                        VALUES (1 << 40, '/', 1, 1, 0, 1, 9);
                    INSERT INTO tally VALUES (1, 1);
                    """)
            try fill(db)
        }
        return (folder, try folder.open())
    }

    private static func insertHealth(_ db: Database, _ evidence: String?, softBlock: String? = nil) throws {
        try db.execute(
            sql: """
                INSERT INTO health (id, due_at, phase, streak_since, level, neutral_tries, requests, run_outcome,
                    run_since, run_last_at, run_observations, run_probe_times, run_burst_attempts, run_grade, run_timeline,
                    run_evidence, mark_step, mark_good, http1, soft_block, held_back)
                VALUES (?, 70, 2, 10, 1, 2, 3, 9, 20, 30, 4, 5, 6, 1, 7, ?, 8, 9, 1, ?, 1)
                """, arguments: [id, evidence, softBlock])
    }

    private static func json(_ evidence: Evidence) throws -> String {
        String(decoding: try JSONEncoder().encode(evidence), as: UTF8.self)
    }

    /// What the row of `insertHealth` says beside its evidence.
    private static var record: HealthRecord {
        var record = HealthRecord(streakSince: Instant(ms: 10))
        record.phase = .pending
        (record.level, record.neutralTries, record.requests) = (1, 2, 3)
        (record.http1, record.isHeldBack) = (true, true)
        var run = HealthRecord.Run(
            outcome: .unknownOriginError, since: Instant(ms: 20), lastAt: Instant(ms: 30), observations: 4,
            probeTimes: 5, burstAttempts: 6, timeline: 7)
        run.grade = .genuine
        record.run = run
        return record
    }

    /// What JSON cannot be read: there was no evidence, and there is none.
    static let broken = ["", "{", "null", "[]", "5", "\"x\"", "{}", #"{"curlCode":6}"#, #"{"status":null}"#, "\u{0}"]

    @Test("attempts say the same", arguments: EvidenceColumnsTests.kept)
    func attempts(_ kept: EvidenceColumnsTests.Kept) throws {
        // JSON in SQL ends a text at a NUL; none was ever kept.
        guard kept.evidence?.error?.contains("\u{0}") != true, kept.evidence?.server?.contains("\u{0}") != true else {
            return
        }
        let rows = try [kept.evidence.map(Self.json)] + Self.broken.map(Optional.some) + [kept.evidence.map(Self.json)]
        let (folder, store) = try Self.upgraded { db in
            for (slot, row) in rows.enumerated() {
                try db.execute(
                    sql: "INSERT INTO attempt VALUES (?, ?, ?, 9520, ?)", arguments: [Self.id, slot, slot + 100, row])
            }
        }
        defer { withExtendedLifetime(folder) {} }
        let attempts = try store.reader.read { try AttemptTable(db: $0).load(Self.id) }
        #expect(attempts.map(\.at.ms) == rows.indices.reversed().map { Int64($0) + 100 })
        #expect(attempts.allSatisfy { $0.outcome == .unknownOriginError && $0.status == 520 })
        #expect(
            attempts.map(\.evidence) == [kept.evidence] + Self.broken.map { _ in nil } + [kept.evidence])
    }

    @Test("a run says the same: its rays, its data centres, what it met and its last answer")
    func run() throws {
        let rays = (0..<HealthRecord.Run.raysKept).map { "0123456789abc\(100 + $0)" + ($0 % 2 == 0 ? "-FRA" : "") }
        let quoted = rays.map { "\"\($0)\"" }.joined(separator: ",")
        let (folder, store) = try Self.upgraded { db in
            try Self.insertHealth(
                db,
                """
                {"rays":[\(quoted)],"met":{"challenge":3,"serverError":12},"colos":["FRA","AMS"],"last":\(Self.json(.full))}
                """)
        }
        defer { withExtendedLifetime(folder) {} }
        var expected = Self.record
        expected.run?.rays = rays
        expected.run?.colos = ["FRA", "AMS"]
        expected.run?.met = [.fault(.challenge): 3, .outcome(.serverError): 12]
        expected.run?.evidence = .full
        #expect(try store.reader.read { try HealthRow.load($0, Self.id) } == expected)
        let lease = try store.lease("https://a.example", now: at(0))
        #expect(lease.health.map { $0.health?.record } == [expected], "it is due as it was")
    }

    @Test(
        "a run without any of it stays without",
        arguments: [nil, #"{"rays":[],"colos":[]}"#] + broken.map(Optional.some))
    func runWithout(evidence: String?) throws {
        let (folder, store) = try Self.upgraded { try Self.insertHealth($0, evidence) }
        defer { withExtendedLifetime(folder) {} }
        #expect(try store.reader.read { try HealthRow.load($0, Self.id) } == Self.record)
    }

    struct Known: CustomTestStringConvertible, Sendable {
        var json: String
        var softBlock: SoftBlock?
        var testDescription: String { json }
    }

    private static let incident = ULID.numbered(7)

    @Test(
        "what is known of a soft block stays",
        arguments: [
            Known(
                json: #"{"kind":"proof","step":1,"outcome":9,"begunAt":50,"address":"2001:db8::7","proxy":4}"#,
                softBlock: .proof(
                    SoftBlockProof(
                        step: .control, outcome: .unknownOriginError,
                        address: IPAddress(v6High: 0x2001_0db8 << 32, low: 7), proxy: 4, begunAt: Instant(ms: 50)))),
            Known(
                json: #"{"address":"0.0.0.1","begunAt":50,"kind":"proof","outcome":10,"step":2}"#,
                softBlock: .proof(
                    SoftBlockProof(
                        step: .ours, outcome: .originDown, address: IPAddress(v4: 1), proxy: nil,
                        begunAt: Instant(ms: 50)))),
            Known(json: #"{"kind":"unproven","outcome":14}"#, softBlock: .unproven(.tlsHandshake)),
            Known(
                json: #"{"kind":"parked","incident":"\#(incident)"}"#, softBlock: .blocked(incident, isSwitched: false)),
            Known(
                json: #"{"incident":"\#(incident)","kind":"blocked"}"#, softBlock: .blocked(incident, isSwitched: true)),
            Known(json: #"{"kind":"switched"}"#, softBlock: .switched), Known(json: #"{"kind":"parked"}"#),
            Known(json: #"{"kind":"other"}"#), Known(json: "{"), Known(json: ""), Known(json: "null"),
        ])
    func softBlock(_ known: Known) throws {
        let (folder, store) = try Self.upgraded { try Self.insertHealth($0, nil, softBlock: known.json) }
        defer { withExtendedLifetime(folder) {} }
        var expected = Self.record
        expected.softBlock = known.softBlock
        #expect(try store.reader.read { try HealthRow.load($0, Self.id) } == expected)
    }

    @Test("a URL that is parked is found by its incident as before: nothing has to be mended")
    func parked() throws {
        let folder = try FrontierFolder()
        try Trouble(folder.openKeyed()).make()
        let before = Schema.steps(before: Schema.evidenceInColumns)
        try folder.takeBack(to: before)
        try folder.edit { db in
            let parked = try #require(try String.fetchOne(db, sql: "SELECT soft_block FROM health WHERE phase = 6"))
            let incident = try #require(parked.split(separator: " ").last)
            try db.execute(
                sql: "UPDATE health SET soft_block = ? WHERE phase = 6",
                arguments: [#"{"kind":"parked","incident":"\#(incident)"}"#])
        }
        let store = try folder.open()
        #expect(try store.sharedFaults() == [])
        #expect(try store.get(Trouble.blocking + "/")?.health?.softBlock?.isParked == true)
    }

    @Test(
        "what scouts met stays",
        arguments: [
            (
                #"{"requests":3,"failures":2,"rays":["a-FRA","b"]}"#,
                OriginBreaker.Looks(requests: 3, failures: 2, rays: ["a-FRA", "b"])
            ),
            (#"{"rays":[],"failures":0,"requests":1}"#, OriginBreaker.Looks(requests: 1, failures: 0, rays: [])),
            (#"{"failures":2,"rays":[]}"#, OriginBreaker.Looks()), ("{", OriginBreaker.Looks()),
            ("null", OriginBreaker.Looks()),
        ])
    func looks(json: String, looks: OriginBreaker.Looks) throws {
        let (folder, store) = try Self.upgraded { db in
            try Self.insertHealth(db, nil)
            try db.execute(
                sql: """
                    INSERT INTO breaker (origin, phase, canary, is_scout_turn, was_scout_good, urls, version, looks)
                    VALUES (1, 1, 1 << 40, 1, 0, 0, 0, ?)
                    """, arguments: [json])
        }
        defer { withExtendedLifetime(folder) {} }
        var expected = OriginBreaker()
        expected.trip(canary: Self.id, scout: nil)
        expected.looks = looks
        #expect(try store.reader.read { try BreakerTable(db: $0).load(1) } == expected)
    }

    @Test("a look-up that gave no address is no request of its URL's ledger, as before")
    func lookUps() throws {
        var lookUp = Evidence()
        lookUp.curlCode = 6
        let rows = try [Self.json(lookUp), Self.json(.full), Self.json(lookUp), "{\"curlCode\":6", nil]
        let (folder, store) = try Self.upgraded { db in
            try Self.insertHealth(db, nil)
            for (slot, row) in rows.enumerated() {
                try db.execute(
                    sql: "INSERT INTO attempt VALUES (?, ?, ?, 9520, ?)", arguments: [Self.id, slot, slot + 10, row])
            }
        }
        defer { withExtendedLifetime(folder) {} }
        let kept = try store.reader.read { try KeptAttempts($0, of: Self.id) }
        #expect(kept.count == 3 && kept.failed == 5 && kept.isWhole)
    }
}
