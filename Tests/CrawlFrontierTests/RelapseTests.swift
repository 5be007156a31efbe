import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// What becomes of a `resolved` message when a URL of the incident fails again before it was sent.
struct RelapseTests {
    static let origin = "https://a.example"
    static let url = origin + "/page"
    static let first = ULID.numbered(1)
    static let second = ULID.numbered(2)
    /// Marked at 3600 s, resolved at 7260, to be told at 9060.
    static let resolvedAt = 7260.0
    static let told = resolvedAt + 1800

    let folder: FrontierFolder
    let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed {
            $0.sinks = ["log", "exec"]
            $0.resolveHold = .seconds(1800)
        }
    }

    /// One answer of the URL, as the machine would have judged it.
    enum Answer {
        case good
        /// A run of `outcome` since `since`.
        case failing(Outcome, since: Double)
        /// The hour rule holds.
        case marked(since: Double)
        case resolved
    }

    /// Writes the answer straight, due or not.
    func answer(_ answer: Answer, of url: String = url, at seconds: Double) throws {
        let stored = try #require(try store.get(url))
        let generation = try store.reader.read {
            try Int64.fetchOne($0, sql: "SELECT generation FROM url WHERE id = ?", arguments: [stored.id]) ?? 0
        }
        let due = try store.reader.read {
            try Int64.fetchOne($0, sql: "SELECT due_at FROM url WHERE id = ?", arguments: [stored.id])
        }
        var verdict = Verdict(
            id: stored.id, generation: generation, leasedDueAt: due.map(Instant.init(ms:)), stateBefore: stored.state,
            state: .done, outcome: .success, status: 200, at: at(seconds), hadHealth: stored.health != nil)
        switch answer {
        case .good: break
        case .resolved:
            verdict.event = .resolved
            verdict.incident = stored.health?.mark?.incident
        case .failing(let outcome, let since): verdict.fail(outcome, since: at(since), mark: nil)
        case .marked(let since):
            let mark = try store.incidents(openOnly: false, after: nil, limit: 10).isEmpty ? Self.first : Self.second
            verdict.fail(.unknownOriginError, since: at(since), mark: mark)
        }
        try store.complete([verdict], drained: [], now: at(seconds))
    }

    func openAndResolve() throws {
        try store.enqueue([Self.url])
        try answer(.marked(since: 0), at: 3600)
        for delivery in try store.pendingDeliveries(now: at(3600), limit: 10) {
            try store.recordDeliveries([
                DeliveryReport(seq: delivery.alert.seq, sink: delivery.sink, at: at(3600), .delivered)
            ])
        }
        try answer(.resolved, at: Self.resolvedAt)
    }

    /// Events in the order written, with the sinks that may be sent them by `seconds`.
    func sendable(at seconds: Double) throws -> [String] {
        try store.pendingDeliveries(now: at(seconds), limit: 10).map { "\($0.alert.facts.event.rawValue) \($0.sink)" }
    }

    struct Case: CustomTestStringConvertible {
        var name: String
        /// Seconds after the resolve, and what came then.
        var answers: [(Double, Answer)]
        /// Alerts that exist afterwards.
        var events: [AlertFacts.Event]
        var relapses: Int
        /// The `resolved` message of the first incident may be sent once its hold is over.
        var isTold: Bool
        var testDescription: String { name }
    }

    static func since(_ seconds: Double) -> Double { resolvedAt + seconds }

    static let cases = [
        Case(
            name: "a run within the hold holds the message back",
            answers: [(600, .failing(.unknownOriginError, since: since(600)))],
            events: [.brokenOrigin, .resolved], relapses: 0, isTold: false),
        Case(
            name: "it ends well: the message goes",
            answers: [(600, .failing(.unknownOriginError, since: since(600))), (2000, .good)],
            events: [.brokenOrigin, .resolved], relapses: 0, isTold: true),
        Case(
            name: "it reaches the mark: the incident goes on in silence",
            answers: [
                (600, .failing(.unknownOriginError, since: since(600))), (4200, .marked(since: since(600))),
            ], events: [.brokenOrigin], relapses: 1, isTold: false),
        Case(
            name: "the last moment of the hold is within it",
            answers: [
                (1800, .failing(.unknownOriginError, since: since(1800))), (5400, .marked(since: since(1800))),
            ], events: [.brokenOrigin], relapses: 1, isTold: false),
        Case(
            name: "a run begun after the hold holds nothing back, even if the message waits for its sink",
            answers: [(1801, .failing(.unknownOriginError, since: since(1801)))],
            events: [.brokenOrigin, .resolved], relapses: 0, isTold: true),
        Case(
            name: "its mark is a new incident",
            answers: [
                (1801, .failing(.unknownOriginError, since: since(1801))), (5401, .marked(since: since(1801))),
            ], events: [.brokenOrigin, .resolved, .brokenOrigin], relapses: 0, isTold: true),
        Case(
            name: "a window that restarted after the hold is the same run",
            answers: [
                (600, .failing(.unknownOriginError, since: since(600))),
                (4000, .failing(.unknownOriginError, since: since(4000))), (7600, .marked(since: since(4000))),
            ], events: [.brokenOrigin], relapses: 1, isTold: false),
        Case(
            name: "another class within the hold is another run, and holds it back too",
            answers: [
                (600, .failing(.originDown, since: since(600))),
                (900, .failing(.unknownOriginError, since: since(900))), (4500, .marked(since: since(900))),
            ], events: [.brokenOrigin], relapses: 1, isTold: false),
        Case(
            name: "another class after the hold does not",
            answers: [
                (600, .failing(.originDown, since: since(600))),
                (2400, .failing(.unknownOriginError, since: since(2400))),
            ], events: [.brokenOrigin, .resolved], relapses: 0, isTold: true),
    ]

    @Test("after a resolve", arguments: cases)
    func afterAResolve(_ trial: Case) throws {
        try openAndResolve()
        for (seconds, answer) in trial.answers { try self.answer(answer, at: Self.since(seconds)) }
        #expect(try store.alerts(after: 0, limit: 10).map(\.alert.facts.event) == trial.events)
        let sendable = try sendable(at: Self.told + 10_000).filter { $0.hasPrefix("resolved") }
        #expect(sendable == (trial.isTold ? ["resolved exec", "resolved log"] : []))
        let incidents = try store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(incidents.map(\.facts.relapses).max() == trial.relapses)
        if trial.relapses > 0 {
            #expect(incidents.count == 1 && incidents[0].closedAt == nil && incidents[0].how == nil)
            #expect(try store.get(Self.url)?.health?.mark?.incident == Self.first)
        }
        if let last = incidents.last, incidents.count == 2 {
            #expect(last.facts.previous == Self.first.description)
        }
    }

    @Test("an incident that went on counts on, closes under its first id, and can relapse again")
    func goesOn() throws {
        try openAndResolve()
        for round in 1...3 {
            let begun = Double(round) * 20_000
            if round > 1 { try answer(.resolved, at: begun - 100) }
            let since = round == 1 ? Self.since(600) : begun
            try answer(.failing(.unknownOriginError, since: since), at: since)
            try answer(.marked(since: since), at: since + 3600)
            let incident = try #require(try store.incidents(openOnly: true, after: nil, limit: 10).first)
            #expect(incident.facts.incident == Self.first.description)
            #expect(incident.facts.relapses == round)
            #expect(incident.facts.observations == 10 * (round + 1))
            #expect(incident.facts.firstAtMs == at(0).ms)
            #expect(incident.markedAt == at(3600))
        }
        try answer(.resolved, at: 80_000)
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        #expect(try sendable(at: 81_800) == ["resolved exec", "resolved log"])
        #expect(try folder.rows("relapse_mark") == 0)
        #expect(try folder.rows("relapse") == 0)
    }

    @Test("once one sink was sent the message, or may have been, it is told to all: a mark is a new incident")
    func toldToOne() throws {
        try openAndResolve()
        let message = try #require(try store.pendingDeliveries(now: at(Self.told), limit: 1, sink: "exec").first)
        try answer(.failing(.unknownOriginError, since: Self.told - 1), at: Self.told)
        #expect(try sendable(at: Self.told).isEmpty)
        try store.recordDeliveries([
            DeliveryReport(
                seq: message.alert.seq, sink: "exec", at: at(Self.told + 1),
                .failed("exit 1", retryAt: at(Self.told + 11)))
        ])
        #expect(try sendable(at: Self.told + 20) == ["resolved log", "resolved exec"])
        try answer(.marked(since: Self.told - 1), at: Self.told + 3600)
        #expect(
            try store.alerts(after: 0, limit: 10).map(\.alert.facts.event) == [.brokenOrigin, .resolved, .brokenOrigin])
    }

    @Test("an operator's hand ends the waiting: a later mark is a new incident", arguments: [false, true])
    func operatorsHand(isRemoval: Bool) throws {
        try openAndResolve()
        try answer(.failing(.unknownOriginError, since: Self.since(600)), at: Self.since(600))
        let target = FrontierTarget.url(CrawlURL(Self.url))
        if isRemoval {
            _ = try store.remove(target, now: at(Self.since(700)))
            try store.enqueue([Self.url], now: at(Self.since(701)))
        } else {
            _ = try store.revive(target, now: at(Self.since(700)))
        }
        #expect(try sendable(at: Self.told) == ["resolved exec", "resolved log"])
        try answer(.failing(.unknownOriginError, since: Self.since(800)), at: Self.since(800))
        try answer(.marked(since: Self.since(800)), at: Self.since(4400))
        let incidents = try store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(incidents.map(\.facts.relapses) == [0, 0])
        #expect(incidents.last?.facts.previous == Self.first.description)
    }

    @Test("a waiting message and what it waits for survive a restart; status counts it as waiting")
    func restart() throws {
        try openAndResolve()
        try answer(.failing(.unknownOriginError, since: Self.since(600)), at: Self.since(600))
        #expect(try store.stats().pendingDeliveries == 2)
        let again = try folder.openKeyed { $0.sinks = ["log"] }
        #expect(try again.pendingDeliveries(now: at(Self.told), limit: 10).isEmpty)
        #expect(try again.nextDeliveryAt() == nil)
        #expect(try again.alerts(after: 0, limit: 10).last?.deliveries.map(\.state) == [.heldBack, .heldBack])
    }

    @Test("an origin's message waits for every URL of it; the first that is marked narrows the incident to itself")
    func origins() throws {
        let urls = (0..<3).map { Self.origin + "/\($0)" }
        try store.enqueue(urls + ["https://b.example/"])
        let number = try #require(try store.originNumber(Self.origin))
        try store.change { incidents in
            var opening = IncidentOpening(
                incident: Self.first, event: .brokenOrigin, subject: .origin(number), cause: "520", firstAt: at(0),
                lastAt: at(3600), observations: 10, requestsSpent: 18)
            opening.urlsAffected = 3
            try incidents.open(opening, at: at(3600))
            try incidents.close(Self.first, how: .recovered, at: at(Self.resolvedAt))
        }
        let opened = try #require(try store.alerts(after: 0, limit: 1).first?.alert.facts)
        #expect(opened.scope == .origin && opened.url == nil && opened.origin == Self.origin)
        #expect(Set(opened.sample) == Set(urls) && opened.urlsAffected == 3)
        for delivery in try store.pendingDeliveries(now: at(3600), limit: 10) {
            try store.recordDeliveries([
                DeliveryReport(seq: delivery.alert.seq, sink: delivery.sink, at: at(3600), .delivered)
            ])
        }

        try answer(.failing(.unknownOriginError, since: Self.since(60)), of: urls[0], at: Self.since(60))
        try answer(.failing(.unknownOriginError, since: Self.since(90)), of: urls[1], at: Self.since(90))
        try answer(.failing(.unknownOriginError, since: Self.since(90)), of: "https://b.example/", at: Self.since(90))
        try answer(.good, of: urls[0], at: Self.since(120))
        #expect(try sendable(at: Self.told).isEmpty, "the second URL fails still")
        try answer(.marked(since: Self.since(90)), of: urls[1], at: Self.since(3690))
        let incident = try #require(try store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.incident == Self.first.description && incident.facts.relapses == 1)
        #expect(incident.facts.scope == .url && incident.facts.url == urls[1])
        #expect(try store.get(urls[1])?.health?.mark?.incident == Self.first)
        #expect(try store.alerts(after: 0, limit: 10).count == 1)
        try answer(.resolved, of: urls[1], at: Self.since(9000))
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
    }
}

extension FrontierStore {
    /// Incidents opened and closed as a commit would.
    func change(_ work: (IncidentStore) throws -> Void) throws {
        try write { db in
            try work(
                IncidentStore(db: db, outbox: AlertOutbox(db: db, sinks: options.sinks), hold: options.resolveHold))
        }
    }
}

extension Verdict {
    /// A failing answer of a run since `since`; with `mark` the one at which the hour rule holds.
    fileprivate mutating func fail(_ failure: Outcome, since: Instant, mark: ULID?) {
        var run = HealthRecord.Run(
            outcome: failure, since: since, lastAt: at, observations: mark == nil ? 1 : 10, burstAttempts: 0,
            timeline: 0)
        run.grade = .genuine
        var record = HealthRecord(streakSince: since)
        record.phase = mark == nil ? .pending : .broken
        record.run = run
        record.requests = run.observations
        record.mark = mark.map(HealthRecord.Mark.init(incident:))
        outcome = failure
        status = 520
        state = mark == nil ? .scheduled : .brokenOrigin
        health = HealthBox(record)
        healthDueAt = at + .seconds(300)
        event = mark == nil ? nil : .marked
        incident = mark
    }
}
