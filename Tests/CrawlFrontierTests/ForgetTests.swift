import CrawlCore
import CrawlTesting
import GRDB
import Testing

@testable import CrawlFrontier

/// Messages and incidents that are over go after `alerts.keep`, in small steps.
struct ForgetTests {
    private let folder: FrontierFolder
    private let store: FrontierStore
    private static let day = 86_400.0

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.keepAlerts = .seconds(90 * 86_400) }
    }

    private func url(_ n: Int) -> String { "https://a.example/\(n)" }

    /// Marked and, at `closed`, good again; nil = it stays open.
    private func incident(_ n: Int, _ number: Int, marked: Double, closed: Double?) throws {
        try store.enqueue([url(n)], EnqueueOptions { $0.force = true }, now: at(marked))
        let leased = try #require(
            store.lease("https://a.example", now: at(marked)).urls.first { $0.id == (try? store.get(url(n)))?.id })
        _ = try store.complete(
            Completion(verdicts: [leased.marked(.numbered(number), recheck: at(marked), at: at(marked))]),
            now: at(marked))
        guard let closed else { return }
        _ = try store.revive(.url(CrawlURL(url(n))), now: at(closed))
    }

    /// Every message that may be sent is.
    private func deliver(at time: Double, but left: Set<Int64> = []) throws {
        while true {
            let due = try store.pendingDeliveries(now: at(time), limit: 500).filter { !left.contains($0.alert.seq) }
            guard !due.isEmpty else { return }
            try store.recordDeliveries(
                due.map { DeliveryReport(seq: $0.alert.seq, sink: $0.sink, at: at(time), .delivered) })
        }
    }

    @discardableResult
    private func tidy(at time: Double) -> Int {
        var steps = 1
        while store.tidy(now: at(time)) { steps += 1 }
        return steps
    }

    @Test("what is over and told goes when it is old enough, not before")
    func old() throws {
        try incident(1, 1, marked: 0, closed: 10)
        try deliver(at: 2 * Self.day)
        tidy(at: 90 * Self.day)
        #expect(try folder.rows("incident") == 1)
        #expect(try folder.rows("alert") == 2)
        tidy(at: 90 * Self.day + 3600 + 11)
        for table in ["incident", "alert", "delivery"] { #expect(try folder.rows(table) == 0, "\(table)") }
    }

    @Test("an open incident stays, with the one before it; its old messages go")
    func previous() throws {
        try incident(1, 1, marked: 0, closed: 10)
        try incident(1, 2, marked: 2 * Self.day, closed: nil)
        try incident(2, 3, marked: 0, closed: 10)
        try deliver(at: 3 * Self.day)
        tidy(at: 200 * Self.day)
        let left = try store.incidents(openOnly: false, after: nil, limit: 10).map(\.facts.incident)
        #expect(left.map { $0.prefix(10) } == [1, 2].map { ULID.numbered($0).description.prefix(10) })
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).first?.facts.previous == left.first)
        #expect(try folder.rows("alert") == 0)
        _ = try store.revive(.url(CrawlURL(url(1))), now: at(200 * Self.day))
        try deliver(at: 201 * Self.day)
        tidy(at: 202 * Self.day)
        #expect(try store.incidents(openOnly: false, after: nil, limit: 10).map(\.facts.incident) == [left[1]])
        tidy(at: 300 * Self.day)
        #expect(try folder.rows("incident") == 0)
    }

    @Test("what nobody was told of yet stays, however old: pending, or held back for a relapse", arguments: [0, 3])
    func pending(state: Int) throws {
        try incident(1, 1, marked: 0, closed: 10)
        let first = try #require(store.alerts(after: 0, limit: 1).first?.alert.seq)
        let resolved = try #require(store.alerts(after: first, limit: 1).first?.alert.seq)
        try deliver(at: 2 * Self.day, but: [resolved])
        try folder.edit {
            try $0.execute(sql: "UPDATE delivery SET state = ? WHERE seq = ?", arguments: [state, resolved])
            try $0.execute(sql: "UPDATE incident SET resolved_seq = ?", arguments: [resolved])
        }
        tidy(at: 500 * Self.day)
        #expect(try store.alerts(after: 0, limit: 10).map(\.alert.seq) == [resolved])
        #expect(try folder.rows("incident") == 1)
        try folder.edit { try $0.execute(sql: "UPDATE delivery SET state = 1") }
        tidy(at: 501 * Self.day)
        for table in ["incident", "alert", "delivery"] { #expect(try folder.rows(table) == 0, "\(table)") }
    }

    @Test("many go in many small steps, and what must stay among them stops nothing")
    func many() throws {
        let count = 3 * FrontierStore.forgottenInAStep
        for n in 0..<count { try incident(n, n, marked: 0, closed: 10) }
        let kept = Set(
            try store.pendingDeliveries(now: at(Self.day), limit: 3 * count).map(\.alert.seq).filter { $0 % 7 == 0 })
        try deliver(at: 2 * Self.day, but: kept)
        // What is kept holds back what its incident has to tell after it.
        let waiting = try store.alerts(after: 0, limit: 3 * count)
            .filter { $0.deliveries.contains { $0.state == .waiting } }.map(\.alert.seq)
        #expect(kept.isStrictSubset(of: waiting))
        let steps = tidy(at: 500 * Self.day)
        #expect(steps > 2 * 3)
        #expect(try store.alerts(after: 0, limit: 3 * count).map(\.alert.seq) == waiting)
        #expect(tidy(at: 500 * Self.day + 60) == 1, "what stays is not looked at again at once")
    }

    @Test("messages from before the clock was set back stay until their day, and keep no older one")
    func setBack() throws {
        let ahead = FrontierStore.forgottenInAStep + 10
        for n in 0..<ahead { try incident(n, n, marked: 900 * Self.day, closed: nil) }
        try incident(ahead, ahead, marked: 0, closed: 10)
        try deliver(at: 901 * Self.day)
        #expect(tidy(at: 200 * Self.day) > 1, "in steps of its usual size")
        #expect(try folder.rows("alert") == ahead)
        #expect(try folder.rows("incident") == ahead)
        tidy(at: 1000 * Self.day)
        #expect(try folder.rows("alert") == 0)
    }

    @Test("without a limit everything stays")
    func never() throws {
        let store = try folder.openKeyed { $0.keepAlerts = nil }
        try incident(1, 1, marked: 0, closed: 10)
        try deliver(at: 2 * Self.day)
        #expect(!store.tidy(now: at(5000 * Self.day)))
        #expect(try folder.rows("alert") == 2)
    }
}
