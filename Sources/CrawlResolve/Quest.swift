internal import CrawlCore

/// One question, sent until it is answered: an address family of a name, or a control. It decides which server is asked
/// when; who carries it tells what happened, and does what `Next` says.
///
/// A server that answers that it cannot (SERVFAIL and its like, REFUSED, nonsense) is not asked again, the next one is at
/// once; when none is left that is the end. One that does not answer may be asked again, and is listened to all the time.
struct Quest: Sendable {
    enum Next: UInt8, Sendable {
        /// Nothing to do.
        case wait
        /// Ask `server`; the wait for an answer begins with that.
        case ask
        /// Nobody answered in the first step: ask `server` when there is room among the slow ones.
        case slow
        /// Ask it all over after a pause, see `pauseIndex`, when there is room.
        case pause
        /// `outcome` is set.
        case done
    }

    enum Outcome: Sendable {
        case answer(DNSAnswer)
        case failure(NameFailure.Kind, errno: Int32)
    }

    /// The one to be asked, or asked last.
    private(set) var server: UInt8 = 0
    /// How often it was sent, over all rounds; the number of the sending under way.
    private(set) var sendings: UInt8 = 0
    /// When it was sent last.
    private(set) var sentAt = Instant(ms: 0)
    private(set) var outcome: Outcome?
    /// Every server that has failed it in this round: by its answer, or by saying nothing.
    private(set) var blamed: UInt8 = 0
    /// How often nobody answered in time.
    private(set) var step: UInt8 = 0
    private(set) var pauses: UInt8 = 0
    /// Sendings before this number belong to an earlier round.
    private var roundBegan: UInt8 = 0
    /// Servers that answered that they cannot, and of these the ones that REFUSED.
    private var failed: UInt8 = 0
    private var refused: UInt8 = 0
    /// Servers with no way to them in this step.
    private var unreachable: UInt8 = 0
    private var worst: DNSAnswer.Kind?

    var isDone: Bool { outcome != nil }

    /// For `RetrySchedule.pauses`.
    var pauseIndex: Int { Int(pauses) - 1 }

    /// A new round; what was found is forgotten.
    mutating func begin(first server: Int) {
        let sendings = sendings
        self = Quest()
        self.server = UInt8(truncatingIfNeeded: server)
        self.sendings = sendings
        roundBegan = sendings
    }

    /// It goes out now.
    mutating func sent(_ now: Instant) {
        sendings &+= 1
        sentAt = now
    }

    /// That sending belongs to this round.
    func isCurrent(_ sending: UInt8) -> Bool { sending > roundBegan }

    mutating func answered(_ answer: DNSAnswer, by server: UInt8, sending: UInt8, servers: Int, schedule: RetrySchedule)
        -> Next
    {
        guard outcome == nil else { return .wait }
        if answer.isFinding {
            outcome = .answer(answer)
            return .done
        }
        guard isCurrent(sending) else { return .wait }
        let bit = UInt8(1) << server
        failed |= bit
        blamed |= bit
        if answer.kind == .refused { refused |= bit } else { refused &= ~bit }
        if worst == nil || worst == .refused { worst = answer.kind }
        guard let next = next(of: servers, without: failed) else { return end(schedule) }
        guard sending == sendings else { return .wait }
        self.server = next
        return .ask
    }

    /// The wait for the answer of the last sending is over.
    mutating func waited(servers: Int, schedule: RetrySchedule) -> Next {
        guard outcome == nil else { return .wait }
        blamed |= 1 << server
        step += 1
        unreachable = 0
        guard Int(step) < schedule.steps.count, let next = next(of: servers, without: failed) else {
            return end(schedule)
        }
        server = next
        return step == 1 ? .slow : .ask
    }

    /// The kernel says that nobody listens at the server that sending was for.
    mutating func found(unreachable server: UInt8, sending: UInt8, servers: Int) -> Next {
        guard outcome == nil, sending == sendings else { return .wait }
        unreachable |= 1 << server
        blamed |= 1 << server
        guard let next = next(of: servers, without: failed | unreachable) else { return .wait }
        self.server = next
        return .ask
    }

    /// Our own machine could not send it.
    mutating func lacked(errno: Int32, schedule: RetrySchedule) -> Next {
        guard outcome == nil else { return .wait }
        return pause(schedule) ?? end(.failure(.lacking, errno: errno))
    }

    private mutating func pause(_ schedule: RetrySchedule) -> Next? {
        guard Int(pauses) < schedule.pauses.count else { return nil }
        pauses += 1
        step = 0
        (failed, refused, blamed, unreachable) = (0, 0, 0, 0)
        worst = nil
        return .pause
    }

    private mutating func end(_ schedule: RetrySchedule) -> Next {
        if failed != 0, failed == refused, failed == blamed {
            return pause(schedule) ?? end(.failure(.refused, errno: 0))
        }
        return switch worst {
        case .serverFailure: end(.failure(.serverFailure, errno: 0))
        case .garbled: end(.failure(.garbled, errno: 0))
        default: end(.failure(.timedOut, errno: 0))
        }
    }

    private mutating func end(_ outcome: Outcome) -> Next {
        self.outcome = outcome
        return .done
    }

    /// The next in turn after `server`; the same again if it is the only one.
    private func next(of servers: Int, without excluded: UInt8) -> UInt8? {
        let count = UInt8(clamping: min(max(1, servers), 8))
        for i in 1...count {
            let candidate = (server + i) % count
            if excluded & 1 << candidate == 0 { return candidate }
        }
        return nil
    }
}
