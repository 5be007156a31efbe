package import CrawlCore
import Synchronization

/// Looks names up on virtual time as a test scripts it, and keeps the log that a name server would keep.
package final class SimulatedResolver: NameResolver {
    package struct Question: Sendable, Hashable {
        package var host: String
        package var at: Instant
        /// Which look-up of this host it is, from 0 on.
        package var number: Int
    }

    package struct Answer: Sendable {
        package var finding: NameAnswer.Finding
        package var latency: Duration
        /// Told that it is slow a second after its beginning.
        package var isSlow = false
        /// Called when it is given, unless the process that asked is gone.
        package var told: @Sendable (NameAnswer) -> Void = { _ in }

        package init(_ finding: NameAnswer.Finding, latency: Duration = .milliseconds(20)) {
            self.finding = finding
            self.latency = latency
        }

        /// These addresses, for `ttl`.
        package static func addresses(
            _ texts: String..., ttl: Duration = .seconds(300), latency: Duration = .milliseconds(20)
        ) -> Answer {
            Answer(.addresses(texts.compactMap { IPAddress($0.utf8) }, ttl: ttl), latency: latency)
        }

        package static func failed(
            _ kind: NameFailure.Kind, isConfirmed: Bool = true, answersOthers: Bool = true,
            latency: Duration = .seconds(12)
        ) -> Answer {
            var failure = NameFailure(kind)
            failure.isConfirmed = isConfirmed
            failure.answersOthers = answersOthers
            var answer = Answer(.failed(failure), latency: latency)
            answer.isSlow = latency > .seconds(1)
            return answer
        }
    }

    private struct State {
        var deliver: (@Sendable ([NameReply]) -> Void)?
        var log: [Question] = []
        var asked: [String: Int] = [:]
        var isCut = false
    }

    private let time: VirtualTime
    private let lane: any Lane
    private let state = Mutex(State())
    private let answer: @Sendable (Question) -> Answer
    private let keepsLog: Bool

    package let families = NameFamilies.both

    /// `keepsLog` false: `log` stays empty.
    package init(time: VirtualTime, keepsLog: Bool = true, answer: @escaping @Sendable (Question) -> Answer) {
        self.time = time
        self.answer = answer
        self.keepsLog = keepsLog
        lane = time.lane("test.resolver")
    }

    /// Every look-up so far, in the order they began.
    package var log: [Question] { state.withLock { $0.log } }

    package func start(_ deliver: @escaping @Sendable ([NameReply]) -> Void) {
        state.withLock { $0.deliver = deliver }
    }

    package func lookUp(_ questions: [NameQuestion]) {
        let now = time.now()
        for question in questions {
            let number = state.withLock { state in
                defer { state.asked[question.host, default: 0] += 1 }
                return state.asked[question.host, default: 0]
            }
            let asked = Question(host: question.host, at: now, number: number)
            if keepsLog { state.withLock { $0.log.append(asked) } }
            let answer = answer(asked)
            if answer.isSlow {
                lane.at(now + .seconds(1)) { [self] in deliver(NameReply(ticket: question.ticket, .slow)) }
            }
            lane.at(now + answer.latency) { [self] in
                let done = NameAnswer(answer.finding, begunAt: now, endedAt: time.now())
                if !state.withLock({ $0.isCut }) { answer.told(done) }
                deliver(NameReply(ticket: question.ticket, .done(done)))
            }
        }
    }

    private func deliver(_ reply: NameReply) {
        state.withLock { $0.isCut ? nil : $0.deliver }?([reply])
    }

    package func stop() { state.withLock { $0.isCut = true } }
}
