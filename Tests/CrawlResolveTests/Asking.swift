import CrawlCore
import CrawlResolve
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// A resolver that asks the servers of a test, and what it has replied so far.
final class Asking: Sendable {
    private struct State {
        var ticket: Int64 = 0
        var answers: [Int64: NameAnswer] = [:]
        var slow: [Int64: Int] = [:]
        /// Replies that were `done` a second time.
        var surplus = 0
    }

    let resolver: Resolver
    private let state = Mutex(State())

    /// IPv6 is on unless told otherwise; no file of this machine is read.
    init(
        _ ports: [Int], schedule: RetrySchedule = RetrySchedule(), _ change: (inout ResolverOptions) -> Void = { _ in }
    ) throws {
        var options = ResolverOptions()
        options.servers = ports.map { ServerAddress(IPAddress(v4: 0x7F00_0001), port: UInt16($0)) }
        options.hostsFile = "/nonexistent"
        options.resolverFile = "/nonexistent"
        options.ipv6 = .on
        options.schedule = schedule
        change(&options)
        resolver = Resolver(options, clock: SystemClock())
        try resolver.start { [weak self] in self?.take($0) }
    }

    deinit { resolver.stop() }

    /// Everything a tenth or less of what it is: for servers that say nothing.
    static let quick: RetrySchedule = {
        var schedule = RetrySchedule()
        schedule.steps = [.milliseconds(100), .milliseconds(200), .milliseconds(300)]
        schedule.pauses = [.milliseconds(20), .milliseconds(40), .milliseconds(80), .milliseconds(160)]
        schedule.confirmation = .milliseconds(200)
        return schedule
    }()

    /// Returns the tickets.
    @discardableResult
    func ask(_ hosts: [String], isJudged: Bool = false) -> [Int64] {
        let questions = state.withLock { state in
            hosts.map { host in
                state.ticket += 1
                return NameQuestion(ticket: state.ticket, host: host, isJudged: isJudged)
            }
        }
        resolver.lookUp(questions)
        return questions.map(\.ticket)
    }

    /// What comes of one host.
    func find(_ host: String, isJudged: Bool = false) async throws -> NameAnswer.Finding {
        try await answer(ask([host], isJudged: isJudged)[0]).finding
    }

    func answer(_ ticket: Int64) async throws -> NameAnswer {
        _ = await eventually(every: .milliseconds(2)) { state.withLock { $0.answers[ticket] != nil } }
        return try #require(state.withLock { $0.answers[ticket] })
    }

    /// Waits until so many are answered; returns all that are.
    func answers(_ count: Int) async -> [Int64: NameAnswer] {
        _ = await eventually(within: .seconds(120)) { state.withLock { $0.answers.count >= count } }
        return state.withLock { $0.answers }
    }

    func slow(_ ticket: Int64) -> Int { state.withLock { $0.slow[ticket] ?? 0 } }

    var surplus: Int { state.withLock { $0.surplus } }

    func figures() async -> ResolverFigures {
        await withCheckedContinuation { continuation in resolver.figures { continuation.resume(returning: $0) } }
    }

    private func take(_ replies: [NameReply]) {
        state.withLock { state in
            for reply in replies {
                switch reply.news {
                case .slow: state.slow[reply.ticket, default: 0] += 1
                case .done(let answer):
                    if state.answers.updateValue(answer, forKey: reply.ticket) != nil { state.surplus += 1 }
                }
            }
        }
    }
}

extension NameAnswer.Finding {
    /// The addresses as text; nil = it is another finding.
    var texts: [String]? {
        guard case .addresses(let addresses, _) = self else { return nil }
        return addresses.map(\.description)
    }

    var failure: NameFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}
