import CrawlCore
import CrawlFrontier
import CrawlTesting
import Foundation
import Logging
import Synchronization
import Testing

@testable import CrawlService

@Suite(.timeLimit(.minutes(2))) struct DispatcherTests {
    /// How many writes to fail before the others.
    final class Disk: Sendable {
        let failures = Atomic(0)
        let writes = Atomic(0)
    }

    static let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
    let disk = Disk()

    func dispatcher(_ fixture: MarkedStore, _ sinks: [any AlertSink]) -> AlertDispatcher {
        let disk = disk
        return AlertDispatcher(
            outbox: fixture.store, sinks: sinks, clock: fixture.time, logger: Self.logger
        ) { work, done in
            disk.writes.wrappingAdd(1, ordering: .relaxed)
            if disk.failures.load(ordering: .relaxed) > 0 {
                disk.failures.wrappingSubtract(1, ordering: .relaxed)
                done(.failure(FrontierError.full(path: "frontier.sqlite")))
            } else {
                done(Result { try work() })
            }
        }
    }

    /// What is due now, without letting time pass.
    func settle(_ fixture: MarkedStore, for duration: Duration = .zero) {
        fixture.time.run(for: duration, limit: 10_000)
    }

    @Test func everySinkGetsTheAlertOnceAndItIsRecorded() throws {
        let fixture = try MarkedStore(sinks: ["log", "exec"])
        let sinks = [ScriptedSink("log"), ScriptedSink("exec")]
        let dispatcher = dispatcher(fixture, sinks)
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture, for: .hours(3))
        for sink in sinks { #expect(sink.urls == ["https://a.example/1"]) }
        #expect(try fixture.deliveries() == ["exec delivered 1", "log delivered 1"])
        #expect(dispatcher.counts == (2, 0, 0))
    }

    @Test func nothingHappensWithoutAWake() throws {
        let fixture = try MarkedStore(sinks: ["log"])
        let sink = ScriptedSink("log")
        let dispatcher = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        #expect(fixture.time.run(for: .hours(1)) == 0)
        #expect(sink.urls == [])
        dispatcher.wake()
        settle(fixture)
        #expect(sink.urls.count == 1)
    }

    @Test func retriesWait10SecondsDoublingToAnHour() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let sink = ScriptedSink("exec", answers: Array(repeating: .failed("exit 3"), count: 12))
        let dispatcher = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        var waits: [Int64] = []
        var last = fixture.time.now()
        while waits.count < 12 {
            let before = sink.sent.count
            let next = try #require(try fixture.store.nextDeliveryAt())
            settle(fixture, for: next - fixture.time.now() + .milliseconds(-1))
            #expect(sink.sent.count == before)
            settle(fixture, for: .milliseconds(1))
            #expect(sink.sent.count == before + 1)
            waits.append((fixture.time.now() - last).ms / 1000)
            last = fixture.time.now()
        }
        #expect(waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600])
        #expect(Set(sink.sent.map(\.id)).count == 1)
        #expect(try fixture.deliveries() == ["exec delivered 13"])
        #expect(dispatcher.counts == (1, 12, 0))
    }

    @Test func aLongReasonIsCut() throws {
        #expect(DeliveryBackoff.errorText(String(repeating: "é", count: 200)) == String(repeating: "é", count: 128))
        #expect(DeliveryBackoff.errorText("a" + String(repeating: "é", count: 200)).utf8.count == 255)
        #expect(DeliveryBackoff.errorText("") == "")
    }

    @Test func oneInProgressIsNotStartedAgain() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let sink = ScriptedSink("exec")
        sink.isHeld = true
        let dispatcher = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        for _ in 0..<5 {
            dispatcher.wake()
            settle(fixture, for: .minutes(10))
        }
        #expect(sink.sent.count == 1)
        sink.answerAll(.delivered)
        settle(fixture)
        #expect(try fixture.deliveries() == ["exec delivered 1"])
    }

    @Test func resolvedWaitsForTheAlertBeforeIt() throws {
        let fixture = try MarkedStore(sinks: ["exec", "log"])
        let hook = ScriptedSink("exec", answers: Array(repeating: .failed("exit 1"), count: 5))
        let log = ScriptedSink("log")
        let dispatcher = dispatcher(fixture, [hook, log])
        let marked = try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        try fixture.resolve(marked)
        dispatcher.wake()
        settle(fixture, for: .minutes(2))
        #expect(log.sent.map(\.facts.event) == [.brokenOrigin, .resolved])
        #expect(Set(hook.sent.map(\.facts.event)) == [.brokenOrigin])
        settle(fixture, for: .hours(1))
        #expect(hook.sent.map(\.facts.event) == Array(repeating: .brokenOrigin, count: 6) + [.resolved])
    }

    @Test func aBacklogOfOneSinkHoldsBackNoOther() throws {
        let fixture = try MarkedStore(sinks: ["exec", "log", "old"])
        let hook = ScriptedSink("exec")
        hook.isHeld = true
        let log = ScriptedSink("log")
        let dispatcher = dispatcher(fixture, [hook, log])
        for index in 0..<50 { try fixture.mark("https://a.example/\(index)") }
        dispatcher.wake()
        settle(fixture)
        #expect(hook.sent.count == AlertDispatcher.maxBusy)
        #expect(Set(log.urls).count == 50)
        #expect(log.sent.count == 50)
        hook.isHeld = false
        hook.answerAll(.delivered)
        settle(fixture)
        #expect(Set(hook.urls).count == 50)
        #expect(hook.sent.count == 50)
    }

    @Test func aSinkThatIsNotConfiguredKeepsItsDeliveriesAndCostsNothing() throws {
        let fixture = try MarkedStore(sinks: ["gone", "log"])
        let log = ScriptedSink("log")
        let dispatcher = dispatcher(fixture, [log])
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        #expect(try fixture.deliveries() == ["gone pending 0", "log delivered 1"])
        #expect(fixture.time.run(for: .hours(24)) == 0)
    }

    @Test func aFullDiskDelaysTheRecordAndNothingIsSentTwice() throws {
        let fixture = try MarkedStore(sinks: ["log"])
        let log = ScriptedSink("log")
        let dispatcher = dispatcher(fixture, [log])
        disk.failures.store(8, ordering: .relaxed)
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        #expect(try fixture.deliveries() == ["log pending 0"])
        try fixture.mark("https://a.example/2")
        dispatcher.wake()
        settle(fixture, for: .minutes(10))
        #expect(disk.failures.load(ordering: .relaxed) == 0)
        #expect(log.urls == ["https://a.example/1", "https://a.example/2"])
        #expect(try fixture.deliveries() == ["log delivered 1", "log delivered 1"])
    }

    // MARK: Stop

    func stop(_ dispatcher: AlertDispatcher, _ fixture: MarkedStore, after wait: Duration) -> Atomic64 {
        let stopped = Atomic64()
        dispatcher.stop(deadline: fixture.time.now() + wait) { stopped.value.wrappingAdd(1, ordering: .relaxed) }
        return stopped
    }

    final class Atomic64: Sendable {
        let value = Atomic(0)
        var count: Int { value.load(ordering: .relaxed) }
    }

    @Test func stopWaitsForWhatIsUnderWay() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let sink = ScriptedSink("exec")
        sink.isHeld = true
        let dispatcher = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        let stopped = stop(dispatcher, fixture, after: .seconds(5))
        try fixture.mark("https://a.example/2")
        dispatcher.wake()
        settle(fixture, for: .seconds(4))
        #expect(stopped.count == 0)
        #expect(sink.calls == ["stop"])
        sink.answerAll(.delivered)
        settle(fixture)
        #expect(stopped.count == 1)
        #expect(sink.sent.count == 1)
        #expect(try fixture.deliveries() == ["exec delivered 1", "exec pending 0"])
    }

    @Test func stopEndsAtTheDeadlineAndTheNextStartSendsTheSameID() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let sink = ScriptedSink("exec")
        sink.isHeld = true
        let first = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        first.wake()
        settle(fixture)
        let stopped = stop(first, fixture, after: .seconds(5))
        settle(fixture, for: .seconds(5))
        #expect(stopped.count == 1)
        #expect(sink.calls == ["stop", "kill"])
        sink.answerAll(.delivered)
        settle(fixture, for: .hours(1))
        #expect(try fixture.deliveries() == ["exec pending 0"])

        let next = ScriptedSink("exec")
        let second = dispatcher(fixture, [next])
        second.wake()
        settle(fixture)
        #expect(next.sent.map(\.id) == sink.sent.map(\.id))
        #expect(try fixture.deliveries() == ["exec delivered 1"])
    }

    @Test func stopIsIdempotentAndEndsOnAFullDisk() throws {
        let fixture = try MarkedStore(sinks: ["log"])
        let dispatcher = dispatcher(fixture, [ScriptedSink("log")])
        disk.failures.store(1000, ordering: .relaxed)
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        let first = stop(dispatcher, fixture, after: .seconds(5))
        let second = stop(dispatcher, fixture, after: .seconds(50))
        settle(fixture, for: .seconds(5))
        #expect((first.count, second.count) == (1, 1))
        let third = stop(dispatcher, fixture, after: .seconds(5))
        settle(fixture)
        #expect(third.count == 1)
        let writes = disk.writes.load(ordering: .relaxed)
        #expect(fixture.time.run(for: .hours(1)) == 0)
        #expect(disk.writes.load(ordering: .relaxed) == writes)
    }

    @Test func whatASinkAbandonsAtAStopCountsAsNoAttempt() throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let sink = ScriptedSink("exec")
        sink.isHeld = true
        let dispatcher = dispatcher(fixture, [sink])
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        settle(fixture)
        let stopped = stop(dispatcher, fixture, after: .seconds(5))
        settle(fixture)
        sink.answerAll(.abandoned)
        settle(fixture)
        #expect(stopped.count == 1)
        #expect(try fixture.deliveries() == ["exec pending 0"])
    }

    // MARK: All real

    @Test func aRealHookFromTheOutboxToTheRecord() async throws {
        let fixture = try MarkedStore(sinks: ["exec"])
        let clock = SystemClock()
        let recorded = DispatchSemaphore(value: 0)
        let file = fixture.folder.file("seen")
        let sink = ExecAlertSink(
            arguments: ["/bin/sh", "-c", "cat > \(file); echo $CRAWLD_EVENT $CRAWLD_CAUSE $CRAWLD_URL >> \(file)"],
            timeout: .seconds(60), runner: HookRunner(), logger: Self.logger)
        let dispatcher = AlertDispatcher(
            outbox: fixture.store, sinks: [sink], clock: clock, logger: Self.logger
        ) { work, done in
            done(Result { try work() })
            recorded.signal()
        }
        try fixture.mark("https://a.example/1")
        dispatcher.wake()
        await withCheckedContinuation { done in
            DispatchQueue(label: "wait").async {
                recorded.wait()
                done.resume()
            }
        }
        #expect(try fixture.deliveries() == ["exec delivered 1"])
        #expect(
            try String(contentsOfFile: file, encoding: .utf8).hasSuffix("\nbroken-origin 520 https://a.example/1\n"))
        await dispatcher.stop(deadline: clock.now() + .seconds(60))
    }
}
