package import CrawlCore
import HeapModule
import Synchronization

/// A clock whose time moves only when nothing is left to do now. All its lanes run on the thread that calls `run`, one
/// piece of work after another, in a fixed order: the same test does the same each time.
package final class VirtualTime: Clock {
    private struct Work: Comparable {
        var at: Instant
        var turn: Int
        var timer: VirtualTimer?
        var lane: VirtualLane
        var body: @Sendable () -> Void
        static func < (a: Work, b: Work) -> Bool { (a.at, a.turn) < (b.at, b.turn) }
        static func == (a: Work, b: Work) -> Bool { a.turn == b.turn }
    }

    private struct State {
        var now: Instant
        var jumps = ClockJumps()
        var turn = 0
        var work = Heap<Work>()
    }

    private let state: Mutex<State>
    fileprivate let current = Mutex<ObjectIdentifier?>(nil)

    /// 2026-01-01T00:00:00Z unless told otherwise.
    package init(start: Instant = Instant(ms: 1_767_225_600_000)) {
        state = Mutex(State(now: start))
    }

    package func now() -> Instant { state.withLock { $0.now } }
    package func jumps() -> ClockJumps { state.withLock { $0.jumps } }
    package func lane(_ name: String) -> any Lane { VirtualLane(time: self) }

    /// The wall clock is set, as NTP or an operator would. Set back, it holds no timer up: what is left of each stays.
    package func jump(by step: Duration) {
        state.withLock {
            $0.now = $0.now + step
            $0.jumps.count += 1
            $0.jumps.total += step
            guard step < .zero else { return }
            $0.work = Heap(
                $0.work.unordered.map { work in
                    var work = work
                    work.at = work.at + step
                    return work
                })
        }
    }

    /// Time passes and nothing runs: a suspended machine, or a daemon that is not running.
    package func skip(_ duration: Duration) {
        state.withLock { $0.now = $0.now + duration }
    }

    /// Nothing that was to run will: the process is killed.
    package func kill() {
        let work = state.withLock { state in
            defer { state.work = Heap() }
            return state.work
        }
        // What the pieces of work held may end here, and not under the lock.
        _ = consume work
    }

    /// Runs all work that is due up to `end`, then sets the time to `end`. `limit` bounds the pieces of work, so that a
    /// busy loop fails a test instead of hanging it; returns how many ran.
    @discardableResult
    package func run(until end: Instant, limit: Int = 20_000_000) -> Int {
        var count = 0
        while count < limit {
            guard runOne(until: end) else {
                state.withLock { $0.now = max($0.now, end) }
                return count
            }
            count += 1
        }
        preconditionFailure("more than \(limit) pieces of work before \(end): something is busy doing nothing")
    }

    /// False if nothing is due up to `end`.
    @discardableResult
    private func runOne(until end: Instant) -> Bool {
        while true {
            let next: Work? = state.withLock { state in
                guard let next = state.work.min, next.at <= end else { return nil }
                state.work.removeMin()
                state.now = max(state.now, next.at)
                return next
            }
            guard let next else { return false }
            if next.timer?.isCancelled ?? false { continue }
            current.withLock { $0 = ObjectIdentifier(next.lane) }
            next.body()
            current.withLock { $0 = nil }
            return true
        }
    }

    /// Runs the next pieces of work, whenever they are due; fewer if there are no more.
    package func run(steps: Int) {
        for _ in 0..<steps {
            guard let at = state.withLock({ $0.work.min?.at }) else { return }
            let before = state.withLock { $0.now }
            runOne(until: max(at, before))
        }
    }

    @discardableResult
    package func run(for duration: Duration, limit: Int = 20_000_000) -> Int {
        run(until: now() + duration, limit: limit)
    }

    fileprivate func add(
        at deadline: Instant?, _ lane: VirtualLane, _ timer: VirtualTimer?, _ body: @escaping @Sendable () -> Void
    ) {
        state.withLock { state in
            state.turn += 1
            state.work.insert(
                Work(
                    at: max(deadline ?? state.now, state.now), turn: state.turn, timer: timer, lane: lane, body: body))
        }
    }
}

private final class VirtualLane: Lane {
    private let time: VirtualTime

    init(time: VirtualTime) { self.time = time }

    func async(_ work: @escaping @Sendable () -> Void) { time.add(at: nil, self, nil, work) }

    func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer {
        let timer = VirtualTimer()
        time.add(at: deadline, self, timer, work)
        return timer
    }

    func check() {
        let me = ObjectIdentifier(self)
        precondition(time.current.withLock { $0 == me }, "called from another lane")
    }
}

private final class VirtualTimer: LaneTimer {
    private let cancelled = Mutex(false)
    var isCancelled: Bool { cancelled.withLock { $0 } }
    func cancel() { cancelled.withLock { $0 = true } }
}
