package import CurlKit
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A thread of its own that sees to it that the workers' calls into libcurl return; see `CallWatch` for what it does to those
/// that do not. It looks four times a second while something is in flight, and sleeps while nothing is.
package final class CallMonitor: Sendable {
    /// One worker, as far as others may look at it.
    package struct Watched: Sendable {
        package let worker: Int
        package let calls: CallRecord
        package let book: SocketBook
        package let flights: FlightBoard

        package init(worker: Int, calls: CallRecord, book: SocketBook, flights: FlightBoard) {
            self.worker = worker
            self.calls = calls
            self.book = book
            self.flights = flights
        }
    }

    private struct Entry {
        let watched: Watched
        var watch = CallWatch()
        var longest = LongestCall()
        /// The call that it is stuck in was told of; 0 = it is in none.
        var told: UInt64 = 0
    }

    private let entries = Mutex<[Entry]>([])
    private let listener = Mutex<@Sendable (StuckWorker) -> Void>({ _ in })
    private let bell = DispatchSemaphore(value: 0)
    /// It waits for the bell only.
    private let isParked = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)

    package init() {}

    package func add(_ watched: Watched) { entries.withLock { $0.append(Entry(watched: watched)) } }

    /// `told` is called on the monitor's thread, once for each call that is given up.
    package func whenStuck(_ told: @escaping @Sendable (StuckWorker) -> Void) { listener.withLock { $0 = told } }

    /// Something may have to be watched. From any thread; costs a look at a flag.
    package func wake() {
        guard isParked.load(ordering: .sequentiallyConsistent),
            isParked.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        bell.signal()
    }

    /// The longest call of the last minute or two, in nanoseconds; 0 = none took `CallWatch.pace` or more. Known to within
    /// that, for calls are only looked at now and then.
    package func longestCall(at now: UInt64) -> UInt64 {
        entries.withLock { entries in
            entries.reduce(0) { longest, entry in
                let present = entry.watched.calls.now.map { now - min(now, $0.begunNs) } ?? 0
                return max(longest, entry.longest.value(at: now), present < CallWatch.pace ? 0 : present)
            }
        }
    }

    /// The numbers of the workers that were given up and have not come back.
    package var stuck: [Int] {
        entries.withLock { entries in
            entries.compactMap { entry in
                guard entry.told != 0, entry.watched.calls.now?.number == entry.told else { return nil }
                return entry.watched.worker
            }
        }
    }

    // MARK: The thread

    /// Call it once. False = the system has no thread.
    package func start() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CallMonitor>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        guard code == 0 else {
            Unmanaged<CallMonitor>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// The thread ends soon. Idempotent.
    package func end() {
        isOver.store(true, ordering: .sequentiallyConsistent)
        bell.signal()
    }

    private func run() {
        while !isOver.load(ordering: .sequentiallyConsistent) {
            guard let wait = round(at: MonotonicTime.now) else {
                bell.wait()
                continue
            }
            _ = bell.wait(timeout: .now() + .nanoseconds(Int(wait)))
        }
    }

    /// One look at each worker; nanoseconds until the next, nil = not before `wake`.
    package func round(at now: UInt64) -> UInt64? {
        var isLooking = false
        var stuck: [StuckWorker] = []
        entries.withLock { entries in
            for i in entries.indices {
                if Self.look(at: &entries[i], now) { isLooking = true }
                let entry = entries[i]
                guard entry.watch.isStuck, entry.told != entry.watch.number else { continue }
                entries[i].told = entry.watch.number
                stuck.append(StuckWorker(worker: entry.watched.worker, flights: entry.watched.flights.all))
            }
        }
        let listener = listener.withLock { $0 }
        for each in stuck { listener(each) }
        if isLooking { return CallWatch.lookPace }
        if isBusy { return CallWatch.pace }
        isParked.store(true, ordering: .sequentiallyConsistent)
        // A request that began meanwhile saw nobody to wake.
        guard isBusy else { return nil }
        isParked.store(false, ordering: .sequentiallyConsistent)
        return CallWatch.pace
    }

    private var isBusy: Bool {
        entries.withLock { $0.contains { $0.watched.flights.count > 0 || $0.watched.calls.now != nil } }
    }

    private static func look(at entry: inout Entry, _ now: UInt64) -> Bool {
        let watched = entry.watched
        let call = watched.calls.now
        if let call, now > call.begunNs, now - call.begunNs >= CallWatch.pace {
            entry.longest.note(now - call.begunNs, at: now)
        }
        guard entry.watch.sample(call, at: now) else { return false }
        var taken: [SocketBook.ID: SocketBook.Taken] = [:]
        for id in entry.watch.asked ?? watched.book.all { taken[id] = watched.book.taken(id) }
        for id in entry.watch.look(taken) {
            watched.book.stall(id) { watched.calls.now?.number == entry.watch.number }
        }
        return true
    }
}

/// A worker whose call into libcurl is given up, with what it has in flight.
package struct StuckWorker: Sendable, Hashable {
    package let worker: Int
    package let flights: [FlightBoard.Flight]
}
