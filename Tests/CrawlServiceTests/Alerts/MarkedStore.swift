import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlCore

/// A real store on a file of its own, in which URLs can be marked and resolved.
final class MarkedStore {
    let folder: TemporaryFolder
    let store: FrontierStore
    let time: VirtualTime

    init(sinks: [String], resolveHold: Duration = .seconds(60)) throws {
        folder = try TemporaryFolder()
        time = VirtualTime()
        var options = FrontierStore.Options()
        options.sinks = sinks
        options.resolveHold = resolveHold
        store = try FrontierStore(path: folder.file("frontier.sqlite"), options: options)
    }

    /// Enqueues `url` and marks it, as the tenth 520 in an hour would; returns what `resolve` needs.
    @discardableResult
    func mark(_ url: String, in store: FrontierStore? = nil) throws -> (url: LeasedURL, incident: ULID) {
        let store = store ?? self.store
        let originLength = try #require(Array(url.utf8).withUnsafeBufferPointer { CanonicalForm.originLength($0) })
        var batch = EnqueueBatch()
        batch.append(CrawlURL(canonical: Array(url.utf8), originLength: originLength))
        let commit = try store.enqueue(batch, now: time.now())
        let origin = try #require(commit.touched.first?.origin)
        let lease = try store.lease(
            LeaseRequest(origin: origin, now: time.now(), limit: 100, healthLimit: 0))
        let path = url.dropFirst(originLength)
        let leased = try #require(
            lease.urls.first { found in
                lease.arena.dropFirst(found.pathOffset).prefix(found.pathLength).elementsEqual(path.utf8)
            })
        var random = SeededRandom(seed: UInt64(bitPattern: leased.id))
        let incident = ULID(at: time.now(), using: &random)
        var verdict = verdict(leased, state: .brokenOrigin, event: .marked, incident: incident)
        verdict.health = HealthBox(record(incident))
        try store.complete([verdict], drained: [], now: time.now())
        return (leased, incident)
    }

    /// Closes the incident that `mark` opened; its message falls due after the hold.
    func resolve(_ marked: (url: LeasedURL, incident: ULID)) throws {
        let verdict = verdict(marked.url, state: .done, event: .resolved, incident: marked.incident)
        try store.complete([verdict], drained: [], now: time.now())
    }

    /// What the outbox says of every message, oldest first: "log delivered 1", "exec pending 2: exit 3".
    func deliveries() throws -> [String] {
        try store.alerts(after: 0, limit: 100).flatMap(\.deliveries).map { delivery in
            "\(delivery.sink) \(Self.name(delivery.state)) \(delivery.attempts)"
                + (delivery.error.map { ": " + $0 } ?? "")
        }
    }

    private static func name(_ state: StoredAlertDelivery.State) -> String {
        switch state {
        case .waiting: "pending"
        case .delivered: "delivered"
        case .givenUp: "given up"
        case .heldBack: "held back"
        }
    }

    private func record(_ incident: ULID) -> HealthRecord {
        let since = time.now() + .seconds(-3600)
        var run = HealthRecord.Run(
            outcome: .unknownOriginError, since: since, lastAt: time.now(), observations: 10, probeTimes: 6,
            burstAttempts: 5, timeline: 0)
        run.grade = .genuine
        run.rays = ["8a1b2c3d4e5f6071-FRA", "8a1b2c3d4e5f6072-AMS"]
        run.colos = ["FRA", "AMS"]
        var evidence = Evidence()
        evidence.status = 520
        evidence.remoteIP = "192.0.2.7"
        evidence.httpVersion = "2"
        run.evidence = evidence
        var record = HealthRecord(streakSince: since)
        record.phase = .broken
        record.run = run
        record.requests = 10
        record.mark = HealthRecord.Mark(incident: incident)
        return record
    }

    private func verdict(
        _ url: LeasedURL, state: URLState, event: HealthMachine.Event, incident: ULID
    ) -> Verdict {
        Verdict(
            id: url.id, generation: url.generation, leasedDueAt: event == .marked ? url.dueAt : nil,
            stateBefore: event == .marked ? .scheduled : .brokenOrigin, state: state,
            outcome: event == .marked ? .unknownOriginError : .success, status: event == .marked ? 520 : 200,
            at: time.now(), dueAt: nil, healthDueAt: event == .marked ? time.now() + .seconds(3600) : nil, health: nil,
            hadHealth: event == .resolved, event: event, incident: incident, content: nil)
    }
}
