import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlCore

/// What verdicts write, and which of them are dropped.
struct CompleteTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.sinks = ["log", "webhook"] }
        try store.enqueue([origin + "/"])
    }

    private func leased() throws -> LeasedURL { try #require(try store.lease(origin, now: at(1000)).urls.first) }
    private func stored() throws -> StoredURL { try #require(try store.get(origin + "/")) }
    private func complete(_ verdicts: Verdict...) throws { try store.complete(verdicts, drained: [], now: at(1)) }

    private func expectTally() throws {
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted)
    }

    @Test("state, attempts, last answer and content")
    func fields() throws {
        let digest = Digest256((0..<32).map { UInt8($0) })
        try complete(
            leased().verdict {
                $0.content = Verdict.Content(digest: digest, bytes: 1234, etag: "\"e\"", lastModified: nil)
            })
        var row = try stored()
        #expect(row.state == .done)
        #expect(row.dueAt == nil)
        #expect(row.attempts == 1)
        #expect(row.lastAt == at(1))
        #expect(row.lastOutcome == .success)
        #expect(row.lastStatus == 200)
        #expect(row.content?.digest == digest)
        #expect(row.content?.bytes == 1234)
        #expect(row.content?.etag == "\"e\"")
        #expect(row.content?.lastModified == nil)

        try store.enqueue([origin + "/"], EnqueueOptions { $0.force = true }, now: at(10))
        try complete(leased().verdict(.notModified, state: .scheduled, at: at(11)) { $0.dueAt = at(99) })
        row = try stored()
        #expect(row.attempts == 2)
        #expect(row.dueAt == at(99))
        #expect(row.content?.bytes == 1234, "what the page was at its last success")
        try expectTally()
    }

    @Test("an origin's moves to other proxies come back, the last number of each")
    func rotations() throws {
        var completion = Completion()
        completion.rotations = [1: 1, 7: 3]
        _ = try store.complete(completion, now: at(1))
        completion.rotations = [1: 2]
        _ = try store.complete(completion, now: at(2))
        #expect(try store.opening(now: at(3)).rotations == [1: 2, 7: 3])
    }

    @Test(
        "what is known of a soft block comes back",
        arguments: [
            SoftBlock.proof(
                SoftBlockProof(
                    step: .control, outcome: .unknownOriginError, address: IPAddress(v4: 1), proxy: nil, begunAt: at(3))
            ),
            .proof(
                SoftBlockProof(
                    step: .ours, outcome: .originDown, address: IPAddress(v6High: 0x2001_0db8 << 32, low: 7), proxy: 4,
                    begunAt: at(3))),
            .unproven(.tlsHandshake), .blocked(.numbered(5), isSwitched: false),
            .blocked(.numbered(5), isSwitched: true), .switched,
        ])
    func softBlockRoundTrip(softBlock: SoftBlock) throws {
        var record = HealthRecord(streakSince: at(1))
        record.softBlock = softBlock
        let box = HealthBox(record)
        try complete(
            leased().verdict(.unknownOriginError, state: .scheduled) {
                $0.health = box
                $0.healthDueAt = at(77)
            })
        #expect(try store.lease(origin, now: at(77)).health.first?.health?.record == record)
    }

    @Test("every field of a health record comes back", arguments: HealthRecord.Phase.allCases)
    func healthRoundTrip(phase: HealthRecord.Phase) throws {
        var record = HealthRecord(streakSince: at(1))
        record.phase = phase
        record.level = 2
        record.neutralTries = 3
        record.requests = 4
        record.http1 = true
        var run = HealthRecord.Run(
            outcome: .tlsHandshake, since: at(5), lastAt: at(6), observations: 7, probeTimes: 8, burstAttempts: 9,
            timeline: 10)
        run.grade = .direct
        run.rays = ["0123456789abcdef-FRA", "0123456789abcdef"]
        run.colos = ["FRA", "AMS"]
        var evidence = Evidence()
        evidence.status = 520
        evidence.curlCode = 52
        evidence.osErrno = 104
        evidence.times = [1, 2, 3, 4, 5]
        evidence.httpVersion = "2"
        evidence.remoteIP = "192.0.2.1"
        evidence.bytes = 11
        evidence.cfRay = "0123456789abcdef"
        evidence.colo = "FRA"
        evidence.cfErrorType = "e\u{0}\"'"
        evidence.server = "cloudflare"
        evidence.cfMitigated = "challenge"
        evidence.bodyMarker = "error code: 520"
        evidence.viaProxy = true
        evidence.error = "äöü"
        run.evidence = evidence
        record.run = run
        var mark = HealthRecord.Mark(incident: .numbered(5))
        mark.step = 12
        mark.good = 1
        if phase == .partial { record.sharedIncident = mark.incident } else { record.mark = mark }
        let box = HealthBox(record)
        let url = try leased()
        try complete(
            url.verdict(.tlsHandshake, state: .scheduled) {
                $0.health = box
                $0.healthDueAt = at(77)
                guard phase == .partial else { return }
                // Nobody joins what is not open.
                var change = OriginChange(OriginBreaker())
                change.event = .partial(mark.incident, url: url.id, run: run)
                $0.originChange = change
            })
        #expect(try stored().health == record)
        #expect(try stored().dueAt == at(77))
        #expect(try store.lease(origin, now: at(77)).health.first?.health?.record == record)
    }

    @Test("a record without a run or a mark comes back without them")
    func healthWithoutRun() throws {
        var record = HealthRecord(streakSince: at(1))
        record.neutralTries = 1
        let box = HealthBox(record)
        try complete(
            leased().verdict(.inconclusive, state: .scheduled) {
                $0.health = box; $0.dueAt = at(60)
            })
        #expect(try stored().health == record)
        try complete(leased().verdict(at: at(61)))
        #expect(try stored().health == nil)
        #expect(try folder.rows("health") == 0)
    }

    struct Changed: CustomTestStringConvertible, Sendable {
        var name: String
        var options: EnqueueOptions
        var due: Double?
        var state: URLState
        var testDescription: String { name }
    }

    @Test(
        "a due time that was changed under way is kept",
        arguments: [
            Changed(name: "force", options: EnqueueOptions { $0.force = true }, due: 500, state: .scheduled),
            Changed(name: "due_at", options: EnqueueOptions { $0.dueAt = at(900) }, due: 900, state: .scheduled),
            Changed(name: "due_at as it was", options: EnqueueOptions { $0.dueAt = at(0) }, due: nil, state: .done),
            Changed(name: "only a priority", options: EnqueueOptions { $0.priority = 4 }, due: nil, state: .done),
        ])
    func changedUnderWay(_ entry: Changed) throws {
        let url = try leased()
        try store.enqueue([origin + "/"], entry.options, now: at(500))
        try complete(url.verdict())
        #expect(try stored().state == entry.state)
        #expect(try stored().dueAt == entry.due.map { at($0) })
        #expect(try stored().attempts == 1)
        try expectTally()
    }

    @Test("a due time set again, unchanged, keeps the tally right when the state changed with it")
    func sameDueOtherState() throws {
        try complete(leased().verdict(.gone, state: .gone) { $0.dueAt = at(50) })
        let url = try leased()
        #expect(url.state == .gone)
        try store.enqueue([origin + "/"], EnqueueOptions { $0.dueAt = at(50) }, now: at(10))
        try expectTally()
        try complete(url.verdict(at: at(51)))
        #expect(try stored().state == .done)
        try expectTally()
    }

    @Test("an answer that opens a run goes before a due time that was changed under way")
    func runGoesFirst() throws {
        let url = try leased()
        try store.enqueue([origin + "/"], EnqueueOptions { $0.force = true }, now: at(500))
        try complete(url.pending(due: at(300)))
        #expect(try stored().dueAt == at(300))
        #expect(try store.lease(origin, now: at(1000)).urls.isEmpty)
        #expect(try store.lease(origin, now: at(1000)).healthPaths == ["/"])
    }

    @Test(
        "removed, revived, or removed and enqueued again under way: the verdict is dropped",
        arguments: ["remove", "revive", "anew"])
    func dropped(change: String) throws {
        let url = try leased()
        let target = FrontierTarget.url(CrawlURL(origin + "/"))
        if change == "revive" {
            _ = try store.revive(target, now: at(7))
        } else {
            _ = try store.remove(target, now: at(7))
        }
        if change == "anew" { try store.enqueue([origin + "/"], now: at(7)) }
        let before = try store.dump()
        let digest = Digest256((0..<32).map { _ in 1 })
        try complete(
            url.marked(.numbered(1), recheck: at(3600)),
            url.verdict { $0.content = Verdict.Content(digest: digest, bytes: 1, etag: nil, lastModified: nil) })
        #expect(try store.dump() == before)
        try expectTally()
    }

    @Test("a block is written even if the verdict is dropped, and is known at the next start until it is forgiven")
    func block() throws {
        let url = try leased()
        _ = try store.remove(.url(CrawlURL(origin + "/")), now: at(1))
        try complete(
            url.verdict(.throttled, state: .scheduled) { $0.originBlock = OriginBlock(until: at(90), level: 3) })
        let blocks = try folder.open().opening(now: at(149)).blocks
        #expect(blocks.map(\.origin) == [url.id >> 40])
        #expect(blocks.map(\.block) == [OriginBlock(until: at(90), level: 3)])
        #expect(try folder.open().opening(now: at(150)).blocks.isEmpty)
    }

    @Test("what an edge's code has grown to is kept, until another answer ends it")
    func edgeBlock() throws {
        let url = try leased()
        let edge = EdgeThrottle(code: 1015, since: at(1), wait: .seconds(60))
        func blocks(_ edge: EdgeThrottle?) throws -> [OriginBlock] {
            try complete(
                url.verdict(.throttled, state: .scheduled) {
                    $0.originBlock = OriginBlock(until: at(90), level: 1, edge: edge)
                })
            return try folder.open().opening(now: at(50)).blocks.map(\.block)
        }
        #expect(try blocks(edge).map(\.edge) == [edge])
        #expect(try folder.open().opening(now: at(90 + 86_399)).blocks.map(\.block.edge) == [edge])
        #expect(try folder.open().opening(now: at(90 + 86_400)).blocks.isEmpty, "a day after its end it is forgotten")
        #expect(try blocks(nil) == [OriginBlock(until: at(90), level: 1)])
    }

    @Test("many verdicts in any order, each to its own row")
    func many() throws {
        let paths = (0..<300).map { "/n\($0)" } + Collision.same + Collision.chain
        try store.enqueue(paths.map { origin + $0 })
        let lease = try store.lease(origin, limit: 5000)
        var verdicts: [Verdict] = []
        for (i, url) in lease.urls.enumerated() {
            verdicts.append(
                url.verdict(i % 3 == 0 ? .gone : .success, state: i % 3 == 0 ? .gone : .done) { $0.status = Int32(i) })
        }
        verdicts.shuffle()
        try store.complete(verdicts, drained: [], now: at(1))
        for (i, url) in lease.urls.enumerated() {
            let row = try #require(try store.get(origin + lease.path(url)))
            #expect(row.lastStatus == i)
            #expect(row.state == (i % 3 == 0 ? .gone : .done))
        }
        try expectTally()
    }
}
