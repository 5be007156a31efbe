package import CrawlCore
internal import CurlKit
internal import Dispatch

/// Fetches over one serial queue, one multi handle and one epoll descriptor; see `WorkerPool` for the way in.
///
/// One wake-up is a round: the sockets that are ready have their turns, then libcurl's timer runs once if it is due,
/// what has finished is collected and handed over, and the timer is armed again.
///
/// | file | |
/// |---|---|
/// | `FetchWorker` | what it keeps, and the way in |
/// | `FetchWorker+Requests` | a request's start and end |
/// | `FetchWorker+Turns` | one wake-up |
/// | `FetchWorker+Charge` | what each connection has had, and may have |
/// | `FetchWorker+Rests` | who is handed a body waits for the others between turns |
/// | `FetchWorker+Recordings` | who records an answer may make it wait |
/// | `FetchWorker+Results` | what becomes of the results |
/// | `FetchWorker+Slots` | the places for requests |
/// | `FetchWorker+Multis` | the multi handles |
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` only, which every entry checks.
package final class FetchWorker: @unchecked Sendable {
    /// At most so many results at a time.
    static let batchLimit = 128
    /// One millisecond.
    static let companyNs: UInt64 = 1_000_000

    let number: Int
    let limits: FetchLimits
    let clock: any Clock
    let deliver: @Sendable ([FetchResult]) -> Void
    let queue: DispatchQueue
    let sockets: EpollSet
    let events: any DispatchSourceRead
    let timer: any DispatchSourceTimer
    /// When `timer` goes off; it is only ever moved forward in time by going off.
    var armedNs = UInt64.max
    let share: ConnectionShare
    let addressGuard: AddressGuard

    var current: MultiGeneration
    /// The others that have requests.
    var retired: [MultiGeneration] = []
    /// The number of the one for profiles; it may be gone.
    var apart = -1
    var slots: [UnsafeMutablePointer<Slot>] = []
    var idle: [UnsafeMutablePointer<Slot>] = []
    /// Those of profiles, by profile.
    var idleInProfile: [UInt16: [UnsafeMutablePointer<Slot>]] = [:]
    let handles: HandleMaker
    /// Those of profiles, by profile.
    var handlesInProfile: [UInt16: HandleMaker] = [:]
    /// The number of the multi handle made last.
    var lastMulti = 0
    var deadlines = ResponseDeadlines()
    let resolver: ResolverCheck
    /// Results of names that were not found, until it is known why; by ticket.
    var unresolved: [Int64: FetchResult] = [:]
    let commons: WorkerCommons
    let monitor: CallMonitor
    let pulse = WorkerPulse()
    var results: [FetchResult] = []
    /// One more with each wake-up, see `TurnAccount`.
    var round: UInt64 = 0
    /// Up to when all calls are charged, in monotonic nanoseconds.
    var chargedNs: UInt64 = 0
    /// Connections whose requests are to be ended: their bills are over.
    var overdue: [WireConnection] = []
    /// When connections with old requests are looked at, in monotonic nanoseconds; `.max` = nothing is in flight.
    var lookNs = UInt64.max
    /// A wake-up waits in the queue.
    var isWakingAgain = false
    /// Since when `results` wait for company, in monotonic nanoseconds; nil = they do not.
    var waitingSince: UInt64?

    /// Throws only if libcurl or the kernel has no room for a worker.
    init(
        number: Int, limits: FetchLimits, share: ConnectionShare, clock: any Clock, resolver: ResolverCheck,
        monitor: CallMonitor, deliver: @escaping @Sendable ([FetchResult]) -> Void
    ) throws {
        self.number = number
        self.monitor = monitor
        self.limits = limits
        self.clock = clock
        self.deliver = deliver
        self.share = share
        commons = WorkerCommons(calls: limits.socketCalls, maxIdle: share.idle, turn: limits.turn)
        addressGuard = AddressGuard(allowing: limits.allowAddresses)
        self.resolver = resolver
        queue = DispatchQueue(label: "crawld.fetch.worker\(number)")
        guard let sockets = EpollSet(calls: limits.socketCalls) else {
            throw CurlError(code: 0, message: "no descriptor left", subject: "epoll_create1")
        }
        self.sockets = sockets
        handles = try HandleMaker(limits, commons)
        current = try MultiGeneration(
            number: 0, maxConnects: share.maxConnects, sockets: sockets, calls: commons.calls)
        events = DispatchSource.makeReadSource(fileDescriptor: sockets.descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        // The set outlives its source: closing a descriptor that Dispatch still watches is an error of ours.
        events.setCancelHandler { [sockets] in _ = sockets }
        events.setEventHandler { [weak self] in self?.drain() }
        timer.setEventHandler { [weak self] in self?.timerWentOff() }
        events.activate()
        timer.activate()
    }

    deinit {
        events.cancel()
        timer.cancel()
        for slot in slots where slot.pointee.isInFlight { generation(slot.pointee.multi)?.remove(slot.pointee.easy) }
        current.close()
        for old in retired { old.close() }
        for slot in slots {
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
        }
    }

    /// Starts the requests of `batch` for which `isMine` holds. From any thread.
    package func fetch(_ batch: FetchBatch, where isMine: @escaping @Sendable (FetchRequest) -> Bool) {
        queue.async { [self] in
            // In this order: a thread held up in between makes the moments of sending come out late, not early.
            let nanoseconds = MonotonicTime.now
            let now = clock.now()
            batch.arena.withUnsafeBytes { arena in
                for request in batch.requests where isMine(request) {
                    precondition(request.urlOffset < arena.count, "an offset into the batch's arena")
                    guard let base = arena.baseAddress else { continue }
                    start(
                        request, url: (base + request.urlOffset).assumingMemoryBound(to: CChar.self), now, nanoseconds)
                }
            }
            settle()
        }
    }

    /// Ends what is in flight; each gets a result that says `cancelled`. From any thread.
    package func cancelAll() {
        queue.async { [self] in
            for slot in slots where slot.pointee.isInFlight {
                slot.pointee.flags.insert(.cancelled)
                finish(slot, code: CurlCode.abortedByCallback)
            }
            for var result in unresolved.values {
                result.flags.insert(.cancelled)
                results.append(result)
            }
            unresolved = [:]
            settle()
        }
    }

    // MARK: From any thread, and never waiting for the worker

    package var handleTally: HandleTally { commons.tally.now }

    /// What the monitor may look at.
    var watched: CallMonitor.Watched {
        CallMonitor.Watched(
            worker: number, calls: commons.calls, book: commons.connections.book, flights: commons.flights)
    }

    /// Answers on the worker's queue when what is before it is done: a sign of life.
    func ping(_ answer: @escaping @Sendable () -> Void) { queue.async(execute: answer) }

    /// For tests of those who look after the worker: `work` is run as a call into libcurl is.
    func occupy(_ work: @escaping @Sendable () -> Void) {
        queue.async { [self] in commons.calls.during(work) }
    }
}
