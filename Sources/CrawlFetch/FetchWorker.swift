package import CrawlCore
internal import CurlKit
internal import Dispatch

/// Fetches over one serial queue, one multi handle and one epoll descriptor; see `WorkerPool` for the way in.
///
/// One wake-up: drain the epoll set into libcurl, run libcurl's timer as long as it is due at once, collect what
/// finished, hand the results over, re-arm the timer.
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` only, which every entry checks.
package final class FetchWorker: @unchecked Sendable {
    /// At most so many results at a time.
    static let batchLimit = 128
    /// One millisecond.
    private static let companyNs: UInt64 = 1_000_000

    let number: Int
    private let limits: FetchLimits
    private let clock: any Clock
    private let deliver: @Sendable ([FetchResult]) -> Void
    private let queue: DispatchQueue
    private let sockets: EpollSet
    private let events: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    /// When `timer` goes off; it is only ever moved forward in time by going off.
    private var armedNs = UInt64.max
    private let maxConnects: Int
    private let addressGuard: AddressGuard

    private var current: MultiGeneration
    private var retired: [MultiGeneration] = []
    private var slots: [UnsafeMutablePointer<Slot>] = []
    private var idle: [UnsafeMutablePointer<Slot>] = []
    /// Those of profiles, by profile.
    private var idleInProfile: [UInt16: [UnsafeMutablePointer<Slot>]] = [:]
    private let handles: HandleMaker
    /// Those of profiles, by profile.
    private var handlesInProfile: [UInt16: HandleMaker] = [:]
    /// The number of the multi handle made last.
    private var lastMulti = 0
    private var deadlines = ResponseDeadlines()
    private let resolver: ResolverCheck
    /// Results of names that were not found, until it is known why; by ticket.
    private var unresolved: [Int64: FetchResult] = [:]
    private let commons = WorkerCommons()
    private let monitor: CallMonitor
    let pulse = WorkerPulse()
    private var results: [FetchResult] = []
    /// Since when `results` wait for company, in monotonic nanoseconds; nil = they do not.
    private var waitingSince: UInt64?

    /// `maxConnects` bounds the connections kept open and has to be above what is in flight and idle together.
    /// Throws only if libcurl or the kernel has no room for a worker.
    init(
        number: Int, limits: FetchLimits, maxConnects: Int, clock: any Clock, resolver: ResolverCheck,
        monitor: CallMonitor, deliver: @escaping @Sendable ([FetchResult]) -> Void
    ) throws {
        self.number = number
        self.monitor = monitor
        self.limits = limits
        self.clock = clock
        self.deliver = deliver
        self.maxConnects = maxConnects
        addressGuard = AddressGuard(allowing: limits.allowAddresses)
        self.resolver = resolver
        queue = DispatchQueue(label: "crawld.fetch.worker\(number)")
        guard let sockets = EpollSet() else {
            throw CurlError(code: 0, message: "no descriptor left", subject: "epoll_create1")
        }
        self.sockets = sockets
        handles = try HandleMaker(limits, commons)
        current = try MultiGeneration(
            number: 0, maxConnects: maxConnects, sockets: sockets, calls: commons.calls)
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

    // MARK: One request

    private func start(_ request: FetchRequest, url: UnsafePointer<CChar>, _ now: Instant, _ nanoseconds: UInt64) {
        let route = request.route
        guard limits.has(route) else { return refuse(request, now, flags: [], code: CurlCode.failedInit) }
        let profile = route.profile.map { limits.profiles[Int($0)] }
        let size = RequestSize.of(
            url: url, keepsBody: request.extra?.keepsBody ?? false, limits, profile: profile)
        guard size <= limits.maxRequestBytes else {
            return refuse(request, now, flags: .requestTooLarge, code: CurlCode.ok)
        }
        if route.proxy != nil, let address = LiteralHost.address(in: url), !addressGuard.allows(address) {
            return refuse(request, now, flags: [.addressRefused, .viaProxy], code: CurlCode.ok, address)
        }
        guard let slot = takeSlot(route.profile) else {
            return refuse(request, now, flags: [], code: CurlCode.outOfMemory)
        }
        slot.pointee.begin(ticket: request.ticket, at: now, nanoseconds)
        slot.pointee.origin = request.origin
        if commons.flights.begin(request.ticket, origin: request.origin, at: slot.pointee.place) { monitor.wake() }
        let isHTTPS = url[4] == CChar(bitPattern: UInt8(ascii: "s"))
        if isHTTPS { slot.pointee.flags.insert(.https) }
        slot.pointee.extra = request.extra
        slot.pointee.room = limits.maxRequestBytes - size
        do {
            try slot.renewHandle()
            try slot.pointee.take(route, limits)
            slot.pointee.keepsConnection =
                !request.isLastOfOrigin && route.profile == nil && (isHTTPS || slot.pointee.mayShareProxy)
            try send(slot, url)
        } catch {
            giveBack(slot)
            return refuse(request, now, flags: [], code: CurlCode.outOfMemory)
        }
        slot.pointee.tellsSending = request.tellsSending
        awaitFirstByte(slot, from: nanoseconds)
    }

    /// Starts the request whose way is on the slot's handle. A profile's has a multi handle of its own, which goes with
    /// it: nobody else can get at its connection.
    private func send(_ slot: UnsafeMutablePointer<Slot>, _ url: UnsafePointer<CChar>) throws {
        try slot.pointee.easy.prepare(
            url: url, keepsConnection: slot.pointee.keepsConnection,
            waitsForMultiplex: slot.pointee.flags.contains(.https) && slot.pointee.offersHTTP2)
        try slot.pointee.carry(slot.pointee.extra.map { CarriedExtra($0, room: slot.pointee.room) })
        renewMultiIfWorn()
        let multi = slot.pointee.profile == nil ? current : try makeMulti(connections: 1)
        slot.pointee.multi = multi.number
        try multi.add(slot.pointee.easy)
        commons.tally.noteTransfer()
        if multi !== current { retired.append(multi) }
    }

    private func awaitFirstByte(_ slot: UnsafeMutablePointer<Slot>, from nanoseconds: UInt64) {
        guard limits.responseTimeout > .zero else { return }
        deadlines.append(slot, at: nanoseconds + UInt64(limits.responseTimeout.ms) * 1_000_000)
    }

    /// HTTP/2 failed: the same request goes out once more at once, over HTTP/1.1, and only what comes of that counts.
    /// The server sees two requests without the crawl delay between them, as it does when libcurl sends one again because
    /// a connection had gone stale; the next gap counts from the second. False = it was that one, or cannot be sent.
    private func sendOverHTTP1(_ slot: UnsafeMutablePointer<Slot>) -> Bool {
        guard slot.pointee.profile == nil, !slot.pointee.flags.contains(.retriedOverHTTP1),
            let url = slot.pointee.easy.url
        else { return false }
        var route = slot.pointee.route
        route.http1 = true
        slot.pointee.beginAgain()
        do {
            try slot.renewHandle()
            try slot.pointee.take(route, limits)
            try send(slot, url)
        } catch {
            return false
        }
        awaitFirstByte(slot, from: MonotonicTime.now)
        return true
    }

    /// `address`: the one that the guard refuses.
    private func refuse(
        _ request: FetchRequest, _ now: Instant, flags: FetchResult.Flags, code: Int32, _ address: IPAddress? = nil
    ) {
        var result = FetchResult(ticket: request.ticket, startedAt: now, completedAt: now)
        result.flags = flags
        result.curlCode = code
        if let address {
            var details = FetchDetails()
            details.refusedAddress = address
            result.details = details
        }
        results.append(result)
        if results.count >= Self.batchLimit { handOver() }
    }

    private func finish(_ slot: UnsafeMutablePointer<Slot>, code: Int32) {
        deadlines.remove(slot)
        let multi = generation(slot.pointee.multi)
        multi?.remove(slot.pointee.easy)
        let result = slot.pointee.result(code: code, at: clock.now(), MonotonicTime.now)
        if !result.flags.contains(.reusedConnection) { multi?.connections += 1 }
        if result.failedOverHTTP2, sendOverHTTP1(slot) { return }
        giveBack(slot)
        if code == CurlCode.couldNotResolveHost, let host = slot.pointee.easy.host { return inquire(host, result) }
        results.append(result)
        if results.count >= Self.batchLimit { handOver() }
    }

    private func inquire(_ host: String, _ result: FetchResult) {
        unresolved[result.ticket] = result
        resolver.ask(host) { [weak self] isDown in
            guard let self else { return }
            queue.async { self.resolverAnswered(result.ticket, isDown: isDown) }
        }
    }

    private func resolverAnswered(_ ticket: Int64, isDown: Bool) {
        guard var result = unresolved.removeValue(forKey: ticket) else { return }
        if isDown { result.flags.insert(.resolverDown) }
        results.append(result)
        // The answer to one question may be for hundreds of requests.
        if results.count >= Self.batchLimit { handOver() } else { handOverInCompany() }
        arm()
    }

    private func takeSlot(_ profile: UInt16?) -> UnsafeMutablePointer<Slot>? {
        if let slot = profile.map({ idleInProfile[$0]?.popLast() }) ?? idle.popLast() { return slot }
        guard let maker = maker(profile), let slot = UnsafeMutablePointer<Slot>.make(maker, limits, commons) else {
            return nil
        }
        slots.append(slot)
        return slot
    }

    private func maker(_ profile: UInt16?) -> HandleMaker? {
        guard let profile else { return handles }
        if let maker = handlesInProfile[profile] { return maker }
        let maker = try? HandleMaker(limits, commons, profile: profile)
        handlesInProfile[profile] = maker
        return maker
    }

    private func giveBack(_ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.isInFlight = false
        commons.flights.end(at: slot.pointee.place)
        slot.pointee.tellsSending = false
        slot.pointee.kept = nil
        slot.pointee.extra = nil
        slot.pointee.leaveConnection()
        if let profile = slot.pointee.profile {
            idleInProfile[profile, default: []].append(slot)
        } else {
            idle.append(slot)
        }
    }

    // MARK: One wake-up

    private func drain() {
        dispatchPrecondition(condition: .onQueue(queue))
        sockets.drain { socket, owner, readiness in
            generation(owner)?.ready(socket, readiness)
            noteSent()
        }
        settle()
    }

    private func timerWentOff() {
        armedNs = .max
        // What has arrived goes first: after a stall it is not late, we are.
        drain()
    }

    /// Runs what is due at once, collects what finished, hands it over and sleeps until the next deadline.
    private func settle() {
        dispatchPrecondition(condition: .onQueue(queue))
        // libcurl may ask for 0 ms many times in a row, but a queue has others waiting too.
        for _ in 0..<64 {
            collect(current)
            for old in retired { collect(old) }
            let now = MonotonicTime.now
            var ran = current.runTimer(now)
            for old in retired where old.runTimer(now) { ran = true }
            noteSent()
            if !ran { break }
        }
        expire()
        dropDrained()
        handOverInCompany()
        arm()
    }

    /// libcurl has returned from what it was called for: what it began to send is out.
    private func noteSent() {
        guard !commons.sending.isEmpty else { return }
        let now = MonotonicTime.now
        for slot in commons.sending {
            slot.pointee.sentNs = now
            guard slot.pointee.tellsSending else { continue }
            slot.pointee.tellsSending = false
            results.append(slot.pointee.sending)
        }
        commons.sending.removeAll(keepingCapacity: true)
    }

    private func collect(_ multi: MultiGeneration) {
        while let done = multi.nextDone() {
            finish(done.context.assumingMemoryBound(to: Slot.self), code: done.code)
        }
    }

    /// libcurl has no timeout for the first byte of an answer: this is ours.
    private func expire() {
        let now = MonotonicTime.now
        while let slot = deadlines.first, slot.pointee.deadline.at <= now {
            if slot.pointee.flags.contains(.firstByte) {
                deadlines.remove(slot)
            } else {
                finish(slot, code: CurlCode.operationTimedOut)
            }
        }
    }

    /// Every hand-over wakes another thread: while many requests are under way a few answers wait for others, at most
    /// `companyNs`. With few under way nothing waits.
    private func handOverInCompany() {
        guard !results.isEmpty else { return }
        let now = MonotonicTime.now
        let since = waitingSince ?? now
        guard results.count < (slots.count - idle.count) / 4, now - since < Self.companyNs else { return handOver() }
        waitingSince = since
    }

    private func handOver() {
        waitingSince = nil
        guard !results.isEmpty else { return }
        let batch = results
        results = []
        results.reserveCapacity(Self.batchLimit)
        deliver(batch)
    }

    /// Arming costs a system call, so a timer that goes off too early is left alone: it will arm the right one.
    private func arm() {
        var next = min(current.dueNs, deadlines.next)
        for old in retired { next = min(next, old.dueNs) }
        if let waitingSince { next = min(next, waitingSince + Self.companyNs) }
        guard next < armedNs else { return }
        armedNs = next
        timer.schedule(deadline: DispatchTime(uptimeNanoseconds: max(next, 1)), leeway: .milliseconds(1))
    }

    // MARK: Multi handles

    private func generation(_ number: Int) -> MultiGeneration? {
        current.number == number ? current : retired.first { $0.number == number }
    }

    private func renewMultiIfWorn() {
        guard current.connections >= limits.connectionsPerMultiHandle,
            let fresh = try? makeMulti(connections: maxConnects)
        else { return }
        retired.append(current)
        current = fresh
    }

    private func makeMulti(connections: Int) throws -> MultiGeneration {
        lastMulti += 1
        return try MultiGeneration(
            number: lastMulti, maxConnects: connections, sockets: sockets, calls: commons.calls)
    }

    private func dropDrained() {
        guard !retired.isEmpty else { return }
        for old in retired where old.inFlight == 0 { old.close() }
        retired.removeAll { $0.inFlight == 0 }
    }
}
