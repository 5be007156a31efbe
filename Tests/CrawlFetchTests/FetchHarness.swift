import CrawlCore
import CrawlFetch
import CrawlTesting
import Glibc
import Synchronization
import Testing

/// A pool with the results of what it was asked, by URL.
final class FetchHarness: Sendable {
    private struct State {
        var results: [Int64: FetchResult] = [:]
        /// Failed addresses, each time that a request went on.
        var moves: [Int64: [UInt8]] = [:]
        var largestBatch = 0
        var waiter: (tickets: Range<Int64>, continuation: CheckedContinuation<Void, Never>)?
        var nextTicket: Int64 = 1

        func has(_ tickets: Range<Int64>) -> Bool { tickets.allSatisfy { results[$0] != nil } }
    }

    let pool: WorkerPool
    private let state = Mutex(State())

    /// Everything on loopback may be fetched unless `change` says otherwise.
    init(_ change: (inout FetchLimits) -> Void = { _ in }) {
        var limits = FetchLimits()
        limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        limits.workers = 1
        change(&limits)
        pool = WorkerPool(limits: limits, clock: WallClock())
        #expect(throws: Never.self) { try pool.start { [weak self] in self?.take($0) } }
    }

    var largestBatch: Int { state.withLock { $0.largestBatch } }

    /// One result for each URL, in their order.
    func fetch(
        _ urls: [String], origins: Int64 = 1, isLastOfOrigin: Bool = false, route: FetchRoute = FetchRoute()
    ) async -> [FetchResult] {
        let first = begin(urls, origins: origins, isLastOfOrigin: isLastOfOrigin, route: route)
        return await results(first, count: urls.count)
    }

    func fetch(
        _ url: String, isLastOfOrigin: Bool = false, route: FetchRoute = FetchRoute(), sendsTo: Destinations? = nil,
        extra: FetchExtra? = nil
    ) async -> FetchResult {
        let first = begin([url], isLastOfOrigin: isLastOfOrigin, route: route, sendsTo: sendsTo, extra: extra)
        return await results(first, count: 1)[0]
    }

    /// Starts the requests; returns the first one's ticket.
    func begin(
        _ urls: [String], origins: Int64 = 1, isLastOfOrigin: Bool = false,
        route: FetchRoute = FetchRoute(), sendsTo: Destinations? = nil, extra: FetchExtra? = nil,
        firstOrigin: Int64 = 0
    ) -> Int64 {
        let first = state.withLock { state in
            defer { state.nextTicket += Int64(urls.count) }
            return state.nextTicket
        }
        var batch = FetchBatch()
        for (i, url) in urls.enumerated() {
            batch.append(
                ticket: first + Int64(i), originNumber: firstOrigin + Int64(i) % origins, origin: Array(url.utf8),
                path: [],
                isLastOfOrigin: isLastOfOrigin, route: route, sendsTo: sendsTo, extra: extra)
        }
        pool.fetch(batch)
        return first
    }

    func results(_ first: Int64, count: Int) async -> [FetchResult] {
        let tickets = first..<(first + Int64(count))
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.has(tickets) { return true }
                state.waiter = (tickets, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
        return state.withLock { state in tickets.compactMap { state.results[$0] } }
    }

    /// Its result is there.
    func has(_ ticket: Int64) -> Bool { state.withLock { $0.results[ticket] != nil } }

    /// How many of its addresses had failed, each time that it was told of going on to the next.
    func moves(_ ticket: Int64) -> [UInt8] { state.withLock { $0.moves[ticket] ?? [] } }

    private func take(_ batch: [FetchResult]) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            for result in batch {
                precondition(state.results[result.ticket] == nil, "one result for each request")
                if result.isNews {
                    if result.flags.contains(.isOnlyMoved) {
                        state.moves[result.ticket, default: []].append(result.failedAddresses)
                    }
                    continue
                }
                state.results[result.ticket] = result
            }
            state.largestBatch = max(state.largestBatch, batch.count)
            guard let waiter = state.waiter, state.has(waiter.tickets) else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }
}

/// The wall clock; a worker needs no lanes.
struct WallClock: Clock {
    func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(ms: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func jumps() -> ClockJumps { ClockJumps() }
    func lane(_ name: String) -> any Lane { preconditionFailure("a worker has its own queue") }
}
