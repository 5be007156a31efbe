import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A database whose shared rows do not fit together, by whatever hand, is mended at the start.
struct RepairTests {
    let folder: FrontierFolder
    let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
        try Trouble(store).make()
    }

    /// Something that was done to the file, and what it leads to.
    enum Damage: String, CaseIterable, CustomTestStringConvertible {
        case urlIncidentClosed, partialClosed, originIncidentClosed, robotsIncidentClosed, softBlockClosed
        case markGone, partialsGone, breakerGone, breakerShut, canaryGone, robotsGone, holdGone
        case guardGone, guardIncidentClosed
        case partialCount, holdCount, heldSum
        case partialRowGone, otherHold, heldWithoutRow, brokenWithoutRow, softBlockedWithoutRow

        var testDescription: String { rawValue }

        var sql: String {
            switch self {
            case .urlIncidentClosed: "UPDATE incident SET closed_at = 1 WHERE scope = 'url' AND cause = '520'"
            case .partialClosed: "UPDATE incident SET closed_at = 1 WHERE scope = 'partial'"
            case .originIncidentClosed:
                "UPDATE incident SET closed_at = 1 WHERE scope = 'origin' AND origin = '\(Trouble.broken)'"
            case .robotsIncidentClosed:
                "UPDATE incident SET closed_at = 1 WHERE scope = 'origin' AND origin = '\(Trouble.silent)'"
            case .softBlockClosed: "UPDATE incident SET closed_at = 1 WHERE origin = '\(Trouble.blocking)'"
            case .markGone:
                "DELETE FROM health WHERE phase = 3 AND id IN (SELECT url_id FROM incident WHERE scope = 'url')"
            case .partialsGone: "DELETE FROM health WHERE phase = 5"
            case .breakerGone: "DELETE FROM breaker WHERE phase = 2"
            case .breakerShut:
                """
                UPDATE breaker SET phase = 0 WHERE phase = 2;
                DELETE FROM hold WHERE reasons = 8;
                DELETE FROM health WHERE id IN (SELECT canary FROM breaker WHERE phase = 0);
                UPDATE url SET state = 1, due_at = 1, has_health = 0
                    WHERE id IN (SELECT canary FROM breaker WHERE phase = 0);
                UPDATE tally SET urls = urls - 1 WHERE state = 5;
                UPDATE tally SET urls = urls + 1 WHERE state = 1;
                """
            case .canaryGone: "DELETE FROM health WHERE id IN (SELECT canary FROM breaker WHERE phase = 2)"
            case .robotsGone: "DELETE FROM health WHERE id < 0"
            case .holdGone: "DELETE FROM hold WHERE reasons = 8"
            case .guardGone: "DELETE FROM guard_period"
            case .guardIncidentClosed: "UPDATE incident SET closed_at = 1 WHERE scope = 'offline'"
            case .partialCount: "UPDATE partial SET urls = 7"
            case .holdCount: "UPDATE hold SET urls = urls + 3"
            case .heldSum: "UPDATE fact SET value = value + 1 WHERE name = 'held_urls'"
            case .partialRowGone: "DELETE FROM partial"
            case .heldWithoutRow: Self.moved(to: .held)
            case .brokenWithoutRow: Self.moved(to: .brokenOrigin)
            case .softBlockedWithoutRow: Self.moved(to: .softBlocked)
            case .otherHold: "UPDATE hold SET reasons = 4 WHERE reasons = 8"
            }
        }

        /// A URL of an origin that nothing else is wrong with.
        private static func moved(to state: URLState) -> String {
            """
            UPDATE tally SET urls = urls - 1 WHERE state = 1;
            INSERT INTO tally VALUES (\(state.rawValue), 1) ON CONFLICT (state) DO UPDATE SET urls = urls + 1;
            UPDATE url SET state = \(state.rawValue), due_at = NULL
                WHERE id >> 40 = (SELECT id FROM origin WHERE key = '\(Trouble.fine)');
            """
        }

        /// Found first.
        var kind: SharedFault.Kind {
            switch self {
            case .urlIncidentClosed, .partialClosed, .originIncidentClosed, .robotsIncidentClosed, .softBlockClosed,
                .partialRowGone:
                .markedForClosed
            case .heldWithoutRow, .brokenWithoutRow, .softBlockedWithoutRow: .stateWithoutHealth
            case .markGone: .incidentWithoutURL
            case .partialsGone: .partialWithoutURL
            case .breakerGone, .holdGone, .otherHold: .holdWithoutBreaker
            case .canaryGone: .breakerWithoutIncident
            case .breakerShut, .robotsGone: .originWithoutHolder
            case .guardGone: .guardIncidentWithoutGuard
            case .guardIncidentClosed: .guardWithoutIncident
            case .partialCount, .holdCount, .heldSum: .miscounted
            }
        }
    }

    @Test("what fits together is left alone, and nothing is written")
    func whole() throws {
        #expect(try store.sharedFaults() == [])
        let before = try store.dump()
        #expect(try store.repair(now: at(100)).isEmpty)
        #expect(try store.dump() == before)
    }

    @Test("a database that was damaged by hand is mended, and told of", arguments: Damage.allCases)
    func damaged(_ damage: Damage) throws {
        try folder.edit { try $0.execute(sql: damage.sql) }
        let again = try folder.openKeyed()
        let repair = try again.repair(now: at(100))
        #expect(repair.faults.first?.kind == damage.kind, "\(repair.faults)")
        #expect(repair.names.count == repair.faults.count)
        #expect(try again.sharedFaults() == [])
        #expect(try again.repair(now: at(101)).isEmpty)
        // Nobody is held for ever: each URL is due, waits for one that is, or is parked for an operator.
        let tallies = try again.tallies()
        #expect(tallies.kept == tallies.counted)
        #expect(
            try again.reader.read { db in
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM url u WHERE state IN (2, 5, 6)
                            AND NOT EXISTS (SELECT 1 FROM health h WHERE h.id = u.id)
                        """)
            } == 0)
        for state in [URLState.held, .brokenOrigin] {
            for row in try again.page(URLFilter(state: state), after: -1, limit: 100).rows where row.hold == nil {
                #expect(row.dueAt != nil, "\(row.url)")
            }
        }
    }

    @Test("what is held by an incident that is closed is due at once")
    func freed() throws {
        try folder.edit { try $0.execute(sql: Damage.partialClosed.sql) }
        let again = try folder.openKeyed()
        let repair = try again.repair(now: at(100))
        #expect(Set(repair.names) == Set(Trouble.sharing.map { Trouble.partly + $0 }))
        for path in Trouble.sharing {
            let row = try #require(try again.get(Trouble.partly + path))
            #expect(row.state == .scheduled && row.dueAt == at(100) && row.health == nil)
        }
    }

    @Test("an incident without a URL closes as withdrawn, and its end is told")
    func withdrawn() throws {
        try folder.edit { try $0.execute(sql: Damage.partialsGone.sql) }
        let again = try folder.openKeyed()
        _ = try again.repair(now: at(100))
        let partial = try #require(
            try again.incidents(openOnly: false, after: nil, limit: 100).first { $0.facts.scope == .partial })
        #expect(partial.closedAt == at(100) && partial.how == "withdrawn")
        #expect(try again.alerts(after: 0, limit: 100).last?.alert.facts.event == .resolved)
    }

    @Test("a run that began within resolve_hold of an incident's end stays: it may reopen it")
    func relapsing() throws {
        let url = try #require(try store.lease(Trouble.fine).urls.first)
        let incident = ULID.numbered(90)
        try store.complete([url.marked(incident, recheck: at(10))], drained: [], now: at(1))
        let marked = try #require(try store.lease(Trouble.fine, now: at(10)).health.first)
        let resolved = marked.verdict(at: at(11)) {
            $0.event = .resolved
            $0.incident = incident
            $0.dueAt = at(12)
            $0.state = .scheduled
        }
        try store.complete([resolved], drained: [], now: at(11))
        let good = try #require(try store.lease(Trouble.fine, now: at(12)).urls.first)
        try store.complete(
            [
                good.verdict(.unknownOriginError, state: .scheduled, at: at(13)) {
                    var record = HealthRecord.sample(.pending)
                    record.run?.since = at(13)
                    $0.health = HealthBox(record)
                    $0.healthDueAt = at(20)
                }
            ], drained: [], now: at(13))
        #expect(try store.repair(now: at(14)).isEmpty)
        #expect(try store.get(Trouble.fine + "/")?.health?.phase == .pending)
    }
}

/// A frontier with an open incident of every kind.
struct Trouble {
    static let marked = "https://marked.example"
    static let partly = "https://partly.example"
    static let broken = "https://broken.example"
    static let silent = "https://silent.example"
    static let blocking = "https://blocking.example"
    static let fine = "https://fine.example"
    static let sharing = ["/1", "/2"]

    private let store: FrontierStore

    init(_ store: FrontierStore) { self.store = store }

    func make() throws {
        try store.enqueue([Self.marked + "/", Self.marked + "/fine", Self.blocking + "/", Self.fine + "/"])
        try store.enqueue(Self.sharing.map { Self.partly + $0 })
        try store.enqueue((0..<5).map { Self.broken + "/\($0)" })
        try store.enqueue((0..<3).map { Self.silent + "/\($0)" })
        try mark()
        try share()
        try breakOrigin()
        try silence()
        try block()
        var period = GuardPeriod(
            .offline, incident: .numbered(60), began: at(1), domains: 5, asked: 0, firstAt: at(1))
        period.rays = []
        var completion = Completion()
        completion.guards.periods = [period]
        _ = try store.complete(completion, now: at(1))
    }

    private func mark() throws {
        let urls = try store.lease(Self.marked)
        let url = urls.urls[urls.paths.firstIndex(of: "/") ?? 0]
        try store.complete([url.marked(.numbered(10), recheck: at(3600))], drained: [], now: at(1))
    }

    /// The first answer opens what the second joins.
    private func share() throws {
        let incident = ULID.numbered(20)
        let verdicts = try store.lease(Self.partly).urls.enumerated().map { index, url in
            Self.shares(incident, url, opens: index == 0)
        }
        try store.complete(verdicts, drained: [], now: at(1))
    }

    static func shares(_ incident: ULID, _ url: LeasedURL, opens: Bool, version: Int64 = 0) -> Verdict {
        url.verdict(.unknownOriginError, state: .held, at: at(1)) {
            var record = HealthRecord(streakSince: at(1))
            record.phase = .partial
            record.sharedIncident = incident
            record.requests = 1
            $0.health = HealthBox(record)
            $0.healthDueAt = at(86_400)
            guard opens, let run = HealthRecord.sample(.pending).run else { return }
            var breaker = OriginBreaker()
            breaker.version = version
            var change = OriginChange(breaker)
            change.event = .partial(incident, url: url.id, run: run)
            $0.originChange = change
        }
    }

    private func breakOrigin() throws {
        let url = try #require(try store.lease(Self.broken).urls.first)
        let incident = ULID.numbered(30)
        let verdict = url.marked(incident, recheck: at(3600))
        var opened = verdict
        opened.event = nil
        var breaker = OriginBreaker()
        breaker.trip(canary: url.id, scout: nil)
        breaker.mark(incident)
        var change = OriginChange(breaker)
        change.event = .opened(incident, url: url.id)
        opened.originChange = change
        try store.complete([opened], drained: [], now: at(1))
    }

    private func silence() throws {
        let origin = try #require(try store.originNumber(Self.silent))
        var change = RobotsChange(origin: origin, version: 0, at: at(1), outcome: .unknownOriginError, status: 520)
        change.requests = 1
        let incident = ULID.numbered(40)
        change.event = .marked
        change.incident = incident
        var record = HealthRecord.sample(.broken)
        record.mark = HealthRecord.Mark(incident: incident)
        change.health = HealthBox(record)
        change.hold = .originBroken
        change.dueAt = at(3600)
        _ = try store.complete(Completion(robots: [change]), now: at(1))
    }

    private func block() throws {
        let url = try #require(try store.lease(Self.blocking).urls.first)
        let incident = ULID.numbered(50)
        let verdict = url.verdict(.unknownOriginError, state: .softBlocked, at: at(1)) {
            var record = HealthRecord.sample(.softBlocked)
            record.softBlock = .blocked(incident, isSwitched: false)
            $0.health = HealthBox(record)
            $0.softBlock = .opened(incident)
        }
        try store.complete([verdict], drained: [], now: at(1))
    }
}
