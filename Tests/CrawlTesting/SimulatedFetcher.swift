package import CrawlCore
import CurlKit
import Synchronization

/// Answers requests on virtual time as a test scripts it, and keeps the log that an origin would keep. Everything
/// behind it (classifier, scheduler, loop, store) is the real thing.
package final class SimulatedFetcher: Fetcher {
    package struct Answer: Sendable {
        package var status: Int32
        /// From the start of the request to its complete answer.
        package var latency: Duration
        /// Changes the facts as a test needs them.
        package var edit: @Sendable (inout FetchResult) -> Void
        /// From the start of the request to each moment at which it goes on to the next of its addresses.
        package var moves: [Duration] = []
        /// Written where a request wants its body kept in a file.
        package var body: [UInt8] = []

        package init(
            status: Int32, latency: Duration = .zero, edit: @escaping @Sendable (inout FetchResult) -> Void = { _ in }
        ) {
            self.status = status
            self.latency = latency
            self.edit = edit
        }

        /// A 200 with a body, for requests that keep it.
        package static func text(_ body: String, cacheControl: String? = nil, latency: Duration = .zero) -> Answer {
            Answer(status: 200, latency: latency) { result in
                var details = FetchDetails()
                details.body = Array(body.utf8)
                details.cacheControl = cacheControl
                result.details = details
            }
        }

        /// A 200 whose body ended early.
        package static func cut(_ body: String) -> Answer {
            Answer(status: 200) { result in
                result.curlCode = 18
                var details = FetchDetails()
                details.body = Array(body.utf8)
                result.details = details
            }
        }

        package static func challenge(_ status: Int32, cloudflare: Bool = true) -> Answer {
            Answer(status: status) { result in
                var details = FetchDetails()
                details.body = Array("<html>Just a moment</html>".utf8)
                if cloudflare { details.cfMitigated = "challenge" } else { details.wafAction = "challenge" }
                result.details = details
            }
        }

        /// `location` as a header has it; nil = there is none.
        package static func redirect(
            _ status: Int32 = 302, to location: String?, setCookies: [String] = [], latency: Duration = .zero
        ) -> Answer {
            Answer(status: status, latency: latency) { result in
                var details = FetchDetails()
                details.redirectURL = location
                details.setCookies = setCookies.map { Array($0.utf8) }
                result.details = details
            }
        }

        package static func throttled(_ status: Int32 = 429, retryAfter: String? = nil) -> Answer {
            Answer(status: status) { result in
                var details = FetchDetails()
                details.retryAfter = retryAfter
                result.details = details
            }
        }
    }

    package struct Request: Sendable, Hashable {
        package var url: String
        package var at: Instant
        /// Validators it was asked with.
        package var etag: String?
        package var lastModified: String?
        /// The value of its Cookie header.
        package var cookies: String?
        /// Whose dress it wore; nil = the fetcher's own.
        package var profile: UInt16?
        /// nil = nobody told it.
        package var sendsTo: Destinations?
        /// By which way it went.
        package var route = FetchRoute()
        /// What is wrong with the worker that it was given to; nil = nothing.
        package var workerFault: String?
    }

    private struct State {
        var deliver: (@Sendable ([FetchResult]) -> Void)?
        var log: [Request] = []
        var inFlight = 0
        var mostInFlight = 0
        var isCut = false
        var homes: [Int64: Home] = [:]
    }

    /// The worker that asks an origin.
    private struct Home {
        var isApart = false
        var inFlight = 0

        /// An origin belongs to one worker at every moment, and its change is told.
        mutating func begin(_ route: FetchRoute) -> String? {
            defer {
                inFlight += 1
                isApart = route.isApart
            }
            guard route.isApart != isApart else { return route.hasMoved ? "has not moved" : nil }
            return inFlight > 0 ? "two workers ask at a time" : route.hasMoved ? nil : "moved without a word"
        }
    }

    private let time: VirtualTime
    private let lane: any Lane
    private let state = Mutex(State())
    private let answer: @Sendable (Request) -> Answer
    private let keepsLog: Bool

    /// `keepsLog` false: `log` stays empty, for runs of millions of requests.
    package init(
        time: VirtualTime, keepsLog: Bool = true, answer: @escaping @Sendable (Request) -> Answer
    ) {
        self.time = time
        self.answer = answer
        self.keepsLog = keepsLog
        lane = time.lane("test.fetcher")
    }

    /// Every request so far, in the order they came.
    package var log: [Request] { state.withLock { $0.log } }
    package var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    /// What was wrong with the workers that requests were given to.
    package var workerFaults: [String] {
        log.compactMap { request in request.workerFault.map { "\(request.url): \($0)" } }
    }

    /// Seconds from `start` to each request for `url`.
    package func times(_ url: String, since start: Instant) -> [Duration] {
        log.filter { $0.url == url }.map { $0.at - start }
    }

    /// As after a `kill -9` of the daemon: nothing that is under way is delivered any more.
    package func cut() { state.withLock { $0.isCut = true } }

    package func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) {
        state.withLock { $0.deliver = deliver }
    }

    package func fetch(_ batch: FetchBatch) {
        for request in batch.requests {
            let bytes = batch.arena[request.urlOffset...].prefix { $0 != 0 }
            let fault = state.withLock { $0.homes[request.origin, default: Home()].begin(request.route) }
            let entry = Request(
                url: String(decoding: bytes, as: UTF8.self), at: time.now(), etag: request.extra?.etag,
                lastModified: request.extra?.lastModified, cookies: request.extra?.cookies,
                profile: request.route.profile, sendsTo: request.sendsTo, route: request.route, workerFault: fault)
            let answer = answer(entry)
            state.withLock { state in
                if keepsLog { state.log.append(entry) }
                state.inFlight += 1
                state.mostInFlight = max(state.mostInFlight, state.inFlight)
            }
            if request.tellsSending { tell(.isOnlySent, of: request.ticket, entry.at, after: .zero) }
            for (index, after) in answer.moves.enumerated() {
                tell(.isOnlyMoved, of: request.ticket, entry.at, after: after, failed: index + 1)
            }
            lane.at(entry.at + answer.latency) { [self] in
                var result = FetchResult(ticket: request.ticket, startedAt: entry.at, completedAt: time.now())
                result.status = answer.status
                result.route = request.route
                result.flags = [.connected, .firstByte, .headersComplete, .openedSocket]
                if entry.etag != nil || entry.lastModified != nil { result.flags.insert(.conditional) }
                result.httpVersion = .http11
                // Each origin has an address of its own where names are nobody's matter.
                result.remoteAddress =
                    request.sendsTo?[answer.moves.count] ?? IPAddress(v4: UInt32(truncatingIfNeeded: request.origin))
                result.failedAddresses = UInt8(clamping: answer.moves.count)
                answer.edit(&result)
                Self.resolve(&result.details, askedAs: entry.url)
                if case .file(let path, let limit)? = request.extra?.body, 200..<300 ~= answer.status {
                    FileBytes.write(Array(answer.body.prefix(Int(limit))), to: path)
                }
                let deliver = state.withLock { state in
                    state.inFlight -= 1
                    state.homes[request.origin]?.inFlight -= 1
                    return state.isCut ? nil : state.deliver
                }
                deliver?([result])
            }
        }
    }

    /// News of a request that began at `start`.
    private func tell(
        _ news: FetchResult.Flags, of ticket: Int64, _ start: Instant, after: Duration, failed: Int = 0
    ) {
        _ = lane.at(start + after) { [self] in
            var result = FetchResult(ticket: ticket, startedAt: start, completedAt: start)
            result.flags = news
            result.failedAddresses = UInt8(clamping: failed)
            state.withLock { $0.isCut ? nil : $0.deliver }?([result])
        }
    }

    /// As a worker does with a Location.
    private static func resolve(_ details: inout FetchDetails?, askedAs url: String) {
        guard let location = details?.redirectURL else { return }
        let found = ResolvedLocation(location.utf8, askedAs: Array(url.utf8))
        details?.redirectURL = found?.target.string
        details?.requestURL = found?.source.string
        details?.respelling = found?.respelling.map { String(decoding: $0, as: UTF8.self) }
    }

    package func cancelAll() {}
}
