import CrawlCore
import CrawlTesting
import Logging
import Synchronization
import Testing

@testable import CrawlService

/// The look at the consumers of the feed, each minute of virtual time.
struct LagWatchTests {
    private final class Store: Sendable {
        struct State {
            var looks: [Instant] = []
            var told = 0
            var answers: [Result<Bool, LocalFault>] = []
        }
        let state = Mutex(State())
    }

    private struct LocalFault: Error {}

    private static let start = Instant(ms: 1_767_225_600_000)

    private static func watch(_ time: VirtualTime, _ store: Store, _ logger: Logger) -> LagWatch {
        LagWatch(
            clock: time, logger: logger,
            tell: { now, done in
                let answer = store.state.withLock { state in
                    state.looks.append(now)
                    return state.answers.isEmpty ? .success(false) : state.answers.removeFirst()
                }
                done(answer.mapError { $0 as any Error })
            },
            onTold: { store.state.withLock { $0.told += 1 } })
    }

    @Test("at once, then each minute; the alerts are woken when there is something new; a fault ends nothing")
    func looks() {
        let (time, store) = (VirtualTime(start: Self.start), Store())
        store.state.withLock { $0.answers = [.success(false), .success(true), .failure(LocalFault()), .success(true)] }
        let watch = Self.watch(time, store, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        watch.start()
        time.run(until: Self.start + .seconds(250))
        let (looks, told) = store.state.withLock { ($0.looks, $0.told) }
        #expect(looks == (0...4).map { Self.start + .seconds(60 * $0) })
        #expect(told == 2)
        watch.stop()
        time.run(until: Self.start + .seconds(1000))
        #expect(store.state.withLock { $0.looks.count } == 5, "stopped is stopped")
    }
}
