import CrawlTesting
import GRDB
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// An incident that several URLs share tells the same of their answers, whether one commit has them all or each has its own;
/// a commit writes what it tells once.
struct IncidentNotesTests {
    private static let origin = "https://a.example"
    private static let incident = ULID.numbered(1)

    private struct Told: Equatable {
        var facts: AlertFacts?
        var messages: [AlertFacts]
    }

    let folder: FrontierFolder
    let store: FrontierStore
    private let written = Written()

    private final class Written: Sendable {
        let times = Mutex(0)
    }

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.sinks = ["log"] }
        try store.enqueue((0..<5).map { Self.origin + "/\($0)" })
        store.writer.inDatabase { [written] db in
            db.trace { event in
                if case .statement(let statement) = event, statement.sql.contains("UPDATE incident"),
                    statement.sql.contains("facts = ")
                {
                    written.times.withLock { $0 += 1 }
                }
            }
        }
    }

    /// All share the incident; as they are leased from then on, in the order of their rows.
    private func share() throws -> [LeasedURL] {
        let urls = try store.lease(Self.origin).urls.sorted { $0.id < $1.id }
        try complete(urls.enumerated().map { Trouble.shares(Self.incident, $1, opens: $0 == 0) })
        return urls.map { url in
            var held = url
            (held.state, held.isHealthTraffic) = (.held, true)
            held.health = HealthBox(HealthRecord(streakSince: at(1)))
            return held
        }
    }

    private func complete(_ verdicts: [Verdict]) throws { try store.complete(verdicts, drained: [], now: at(9)) }

    /// It fails as it did; its edge tells of it.
    private func failsAgain(_ url: LeasedURL, _ n: Int) -> Verdict {
        var verdict = Trouble.shares(Self.incident, url, opens: false)
        verdict.at = at(10 + Double(n))
        var evidence = Evidence.full
        evidence.cfRay = "0123456789abcde\(n)-FRA"
        evidence.error = "failure \(n)"
        verdict.evidence = evidence
        return verdict
    }

    private func told() throws -> Told {
        Told(
            facts: try store.incidents(openOnly: false, after: nil, limit: 10).first?.facts,
            messages: try store.alerts(after: 0, limit: 10).map { $0.alert.facts })
    }

    /// What is told in the end, and how often the incident's row was written since all had joined.
    private static func run(
        inOneCommit: Bool, _ verdicts: (Self, [LeasedURL]) -> [Verdict]
    ) throws -> (told: Told, writes: Int) {
        let trial = try Self()
        let verdicts = verdicts(trial, try trial.share())
        let before = trial.written.times.withLock { $0 }
        if inOneCommit { try trial.complete(verdicts) } else { try verdicts.forEach { try trial.complete([$0]) } }
        let writes = trial.written.times.withLock { $0 } - before
        #expect(try trial.store.sharedFaults() == [])
        return (try trial.told(), writes)
    }

    @Test("all fail again")
    func failing() throws {
        let verdicts = { (trial: Self, urls: [LeasedURL]) in urls.enumerated().map { trial.failsAgain($1, $0) } }
        let apart = try Self.run(inOneCommit: false, verdicts)
        let together = try Self.run(inOneCommit: true, verdicts)
        #expect(together.told == apart.told)
        #expect(together.told.facts?.observations == 6 && together.told.facts?.rays.count == 5)
        #expect(together.told.facts?.evidence?.error == "failure 4")
        #expect(together.writes == 1 && apart.writes == 5)
    }

    @Test("some leave while others fail again")
    func mixed() throws {
        let verdicts = { (trial: Self, urls: [LeasedURL]) in
            urls.enumerated().map { n, url in
                n % 2 == 0 ? trial.failsAgain(url, n) : url.verdict(state: .scheduled, at: at(10 + Double(n)))
            }
        }
        let apart = try Self.run(inOneCommit: false, verdicts)
        let together = try Self.run(inOneCommit: true, verdicts)
        #expect(together.told == apart.told)
        #expect(together.told.facts?.urlsAffected == 3 && together.told.facts?.rays.count == 3)
        #expect(together.writes == 1)
    }

    @Test("all leave: the message of its end has what the commit told before")
    func ended() throws {
        let verdicts = { (trial: Self, urls: [LeasedURL]) in
            urls.enumerated().map { n, url in url.verdict(state: .scheduled, at: at(10 + Double(n))) }
        }
        let apart = try Self.run(inOneCommit: false, verdicts)
        let together = try Self.run(inOneCommit: true, verdicts)
        #expect(together.told == apart.told)
        #expect(together.told.messages.map(\.event) == [.brokenOrigin, .resolved])
        #expect(together.told.messages.last?.requestsSpent ?? 0 >= 10, "what each has cost, and its good answer")
    }
}
