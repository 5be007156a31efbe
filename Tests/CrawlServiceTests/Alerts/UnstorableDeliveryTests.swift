import CrawlCore
import CrawlFrontier
import CrawlTesting
import Logging
import Synchronization
import Testing

@testable import CrawlService

/// A delivery whose row cannot be written, for what it is, holds up no other.
@Suite(.timeLimit(.minutes(2))) struct UnstorableDeliveryTests {
    /// The real outbox, but the rows of one message refuse every write.
    private final class HostileRow: AlertOutboxReading {
        let store: FrontierStore
        let hostile = Mutex<Int64?>(nil)
        let writes = Mutex(0)

        init(_ store: FrontierStore) { self.store = store }

        func recordDeliveries(_ reports: [DeliveryReport]) throws {
            writes.withLock { $0 += 1 }
            let hostile = hostile.withLock { $0 }
            guard !reports.contains(where: { $0.seq == hostile }) else { throw RowFault(reason: "hostile") }
            try store.recordDeliveries(reports)
        }

        func pendingDeliveries(now: Instant, limit: Int, sink: String?) throws -> [PendingDelivery] {
            try store.pendingDeliveries(now: now, limit: limit, sink: sink)
        }
        func nextDeliveryAt(after now: Instant?, sink: String?) throws -> Instant? {
            try store.nextDeliveryAt(after: now, sink: sink)
        }
        func nextReminderAt(after interval: Duration) throws -> Instant? { try store.nextReminderAt(after: interval) }
        func postReminders(after interval: Duration, limit: Int, now: Instant, rules: HealthRules) throws {
            try store.postReminders(after: interval, limit: limit, now: now, rules: rules)
        }
    }

    @Test("the others are recorded at once, it is tried every 15 minutes, and nothing is sent twice")
    func oneRow() throws {
        let fixture = try MarkedStore(sinks: ["hook"])
        let outbox = HostileRow(fixture.store)
        let hook = ScriptedSink("hook")
        let dispatcher = AlertDispatcher(
            outbox: outbox, sinks: [hook], clock: fixture.time,
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        ) { work, done in
            done(Result { try work() })
        }
        for n in 0..<12 { try fixture.mark("https://a.example/\(n)") }
        let seqs = try fixture.store.alerts(after: 0, limit: 100).map(\.alert.seq)
        outbox.hostile.withLock { $0 = seqs[4] }
        dispatcher.wake()
        fixture.time.run(for: .seconds(10))
        #expect(dispatcher.counts.delivered == 11)
        fixture.time.run(for: .minutes(60))
        #expect(try fixture.deliveries().count { $0 == "hook delivered 1" } == 11)
        #expect(hook.sent.count == 12, "nothing twice")
        #expect(outbox.writes.withLock { $0 } < 40)
        outbox.hostile.withLock { $0 = nil }
        fixture.time.run(for: .minutes(16))
        #expect(try fixture.deliveries().allSatisfy { $0 == "hook delivered 1" })
        #expect(hook.sent.count == 12)
    }
}
