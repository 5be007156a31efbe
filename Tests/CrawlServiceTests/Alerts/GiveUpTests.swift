import CrawlCore
import CrawlFrontier
import CrawlTesting
import Logging
import Testing

@testable import CrawlService

/// A receiver that takes nothing, or only some, for a long time.
@Suite(.timeLimit(.minutes(2))) struct GiveUpTests {
    let log = LockedLines()

    func dispatcher(
        _ fixture: MarkedStore, _ sinks: [any AlertSink], giveUpAfter: Duration = .seconds(7 * 86_400),
        reminder: Duration? = nil
    ) -> (AlertDispatcher, LogSink) {
        let logs = LogSink(level: .info, now: { 0 }, write: { [log] in log.add($0.map(LogLine.body)) })
        let dispatcher = AlertDispatcher(
            outbox: fixture.store, sinks: sinks, clock: fixture.time,
            logger: Logger(label: "t") { _ in SinkLogHandler(sink: logs) }, reminder: reminder,
            giveUpAfter: giveUpAfter
        ) { work, done in
            done(Result { try work() })
        }
        return (dispatcher, logs)
    }

    @Test("given up 7 days after its first attempt, counted, logged once; the next of the incident goes on")
    func sevenDays() throws {
        let fixture = try MarkedStore(sinks: ["exec", "log"])
        let hook = ScriptedSink("exec", answers: Array(repeating: .failed("exit 3"), count: 1000))
        let (dispatcher, logs) = dispatcher(fixture, [hook, ScriptedSink("log")])
        let begun = fixture.time.now()
        let marked = try fixture.mark("https://a.example/1")
        dispatcher.wake()
        fixture.time.run(for: .hours(1))
        try fixture.resolve(marked)
        dispatcher.wake()
        fixture.time.run(until: begun + .hours(7 * 24) + .milliseconds(-1))
        let attempts = hook.sent.count
        #expect(
            try fixture.deliveries() == [
                "exec pending \(attempts): exit 3", "log delivered 1", "exec pending 0", "log delivered 1",
            ])
        #expect(Set(hook.sent.map(\.facts.event)) == [.brokenOrigin])

        fixture.time.run(for: .milliseconds(1))
        #expect(
            try fixture.deliveries() == [
                "exec given up \(attempts + 1): exit 3", "log delivered 1", "exec pending 1: exit 3",
                "log delivered 1",
            ])
        #expect(hook.sent.last?.facts.event == .resolved, "its turn has come")
        #expect(dispatcher.counts.givenUp == 1)
        #expect(try fixture.store.stats().givenUpDeliveries == 1)
        #expect(try fixture.store.stats().pendingDeliveries == 1)

        fixture.time.run(for: .hours(7 * 24))
        #expect(try fixture.store.stats().givenUpDeliveries == 2)
        #expect(fixture.time.run(for: .hours(1000)) == 0, "nothing is tried any more")
        logs.flush()
        let told = log.all.filter { $0.hasPrefix("alert given up") }
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.contains(" sink=exec") && $0.contains("exit 3") })
    }

    @Test("0s: one attempt")
    func oneAttempt() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let hook = ScriptedSink("exec", answers: [.failed("exit 1")])
        let (dispatcher, _) = dispatcher(fixture, [hook], giveUpAfter: .zero)
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        fixture.time.run(for: .hours(1))
        #expect(try fixture.deliveries() == ["exec given up 1: exit 1"])
        #expect(hook.sent.count == 1)
    }

    @Test("the 7 days count from the first attempt, over restarts, not from when the alert was written")
    func countedFromTheFirstAttempt() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        try fixture.mark("https://a.example/1")
        fixture.time.skip(.hours(24 * 30))
        let hook = ScriptedSink("exec", answers: Array(repeating: .failed("exit 3"), count: 1000))
        let (first, _) = dispatcher(fixture, [hook])
        first.wake()
        fixture.time.run(for: .hours(24))
        fixture.time.kill()
        #expect(try fixture.store.stats().givenUpDeliveries == 0)
        fixture.time.skip(.hours(24 * 6))
        let (second, _) = dispatcher(fixture, [hook])
        second.wake()
        fixture.time.run(for: .zero)
        #expect(try fixture.store.stats().givenUpDeliveries == 1)
    }

    @Test(
        "each sink gets each incident's messages in order, each id once or again, whatever fails, reminders included",
        arguments: UInt64(1)...12)
    func order(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try MarkedStore(sinks: ["exec", "log"])
        let sinks = ["exec", "log"].map { name in
            ScriptedSink(
                name,
                answers: (0..<200).map { _ in .random(in: 0..<3, using: &random) > 0 ? .failed("no") : .delivered })
        }
        let (dispatcher, _) = dispatcher(fixture, sinks, giveUpAfter: .hours(5), reminder: .hours(2))
        var open: [(url: LeasedURL, incident: ULID)] = []
        for index in 0..<12 {
            open.append(try fixture.mark("https://a.example/\(seed)-\(index)"))
            dispatcher.wake()
            fixture.time.run(for: .minutes(Double.random(in: 0...90, using: &random)))
            if .random(using: &random), let ended = open.indices.randomElement(using: &random) {
                try fixture.resolve(open.remove(at: ended))
                dispatcher.wake()
            }
        }
        for marked in open { try fixture.resolve(marked) }
        dispatcher.wake()
        fixture.time.run(for: .hours(400))
        let written = try fixture.store.alerts(after: 0, limit: 1000)
        #expect(Set(written.map(\.alert.id)).count == written.count)
        #expect(written.contains { $0.alert.facts.event == .reminder })
        for incident in Set(written.map(\.alert.facts.incident)) {
            let events = written.filter { $0.alert.facts.incident == incident }.map(\.alert.facts.event)
            #expect(events.first == .brokenOrigin && events.last == .resolved, "seed \(seed)")
            #expect(events.dropFirst().dropLast().allSatisfy { $0 == .reminder }, "seed \(seed)")
            for sink in sinks {
                let numbers = sink.sent.filter { $0.facts.incident == incident }.map(\.seq)
                #expect(numbers == numbers.sorted(), "seed \(seed)")
                #expect(Set(numbers).count == events.count, "seed \(seed): every message was tried")
            }
        }
        #expect(written.flatMap(\.deliveries).allSatisfy { $0.state == .delivered || $0.state == .givenUp })
    }
}
