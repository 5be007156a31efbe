/// What is known of an origin's robots.txt, and what follows for its URLs. RFC 9309 §2.3.1:
///
/// | last answer | URLs |
/// |---|---|
/// | 2xx | go by the rules |
/// | 3xx | five redirects are followed; more, or none that leads anywhere: as 4xx |
/// | 4xx | all allowed |
/// | 5xx or none | go by the copy, if it is at most 30 days old; else held: see `RobotsHold` |
/// | no text, a challenge, a part that nobody asked for | as 5xx |
/// | 2xx without its end | go by the copy; without one by the whole lines, for 1 h, if there is a rule among them; else as 5xx |
package struct OriginRobots: Sendable {
    package var rules = RobotsRules.allowAll
    /// When the copy in use was fetched; nil = there is none.
    package var copyAt: Instant?
    /// The copy lacks its end: it is used for `RobotsSettings.cutLifetime`.
    package var isCut = false
    /// The copy is refreshed before and, if that fails, used on.
    package var expiresAt: Instant?
    /// What is remembered of answers that were no answer; nil = the last one was fine.
    package var health: HealthRecord? {
        get { troubles?.record }
        set { troubles = newValue.map(HealthBox.init) }
    }
    private var troubles: HealthBox?
    /// When robots.txt may be asked again; nil = whenever it is wanted.
    package var dueAt: Instant?
    /// Raised when an operator takes the origin's troubles off it: an answer from before no longer counts.
    package var version: Int64 = 0

    package init() {}

    package enum Step: Sendable, Hashable {
        /// URLs go by the rules.
        case go
        /// The same, and robots.txt is to be asked at the next opportunity.
        case refresh
        /// robots.txt first.
        case fetch
        /// Nothing may be asked before.
        case wait(Instant)
    }

    package func step(_ now: Instant) -> Step {
        let mayAsk = dueAt.map { $0 <= now } ?? true
        let isHeld = hold(now) != nil
        if isHeld { return mayAsk ? .fetch : .wait(dueAt ?? now) }
        guard let copyAt, let expiresAt else { return .fetch }
        if now >= expiresAt { return health == nil ? .fetch : mayAsk ? .refresh : .go }
        let early = min((expiresAt - copyAt) / 10, .seconds(3600))
        return now >= expiresAt - early && mayAsk ? .refresh : .go
    }

    /// Why the origin's URLs have to wait, beyond the next answer.
    package enum Hold: UInt8, Sendable, CaseIterable {
        case robotsUnreachable = 1
        case originBroken = 2
        /// Several of its URLs fail, and none is good: two stand for all.
        case originSuspect = 3
        /// It turns our request away, and is not asked.
        case softBlocked = 4

        package var name: String {
            switch self {
            case .robotsUnreachable: "robots-unreachable"
            case .originBroken: "origin-broken"
            case .originSuspect: "origin-suspect"
            case .softBlocked: "soft-blocked"
            }
        }
    }

    package func hold(_ now: Instant) -> Hold? {
        guard let health else { return nil }
        if health.phase == .broken { return .originBroken }
        return isCopyUsable(now) ? nil : .robotsUnreachable
    }

    /// A mark, or no copy ever: what no time ends.
    var isHolding: Bool { health.map { $0.phase == .broken || copyAt == nil } ?? false }

    func isCopyUsable(_ now: Instant) -> Bool {
        copyAt.map { now < $0 + RobotsSettings.longest(isCut: isCut) } ?? false
    }

    /// What goes before an answer that lacks its end.
    func isWholeCopyUsable(_ now: Instant) -> Bool { !isCut && isCopyUsable(now) }

    // MARK: Answers

    /// An answer as far as robots.txt goes.
    package enum Answer: Sendable {
        /// A 2xx with its body, cut at `RobotsSettings.bodyLimit`.
        case rules(RobotsRules, lifetime: Duration)
        /// The whole lines of a 2xx whose body ended early.
        case cut(RobotsRules)
        /// 4xx, or a redirect that leads nowhere.
        case none(lifetime: Duration)
        /// 5xx, no answer at all, or one that is not the file.
        case failure(RobotsFailure)
    }

    /// What an answer changes. While a copy is used no hour is counted: robots.txt is asked again after 1 min, doubling
    /// to 1 h.
    package mutating func note(
        _ answer: Answer, _ observation: Observation, machine: HealthMachine, blockedUntil: Instant?,
        using random: inout some RandomNumberGenerator
    ) -> (event: HealthMachine.Event?, incident: ULID?) {
        let at = observation.completedAt
        if case .failure = answer, health?.phase != .broken, isCopyUsable(at), !observation.isUnasked {
            var memory = health ?? HealthRecord(streakSince: at)
            memory.phase = .healthy
            memory.run = nil
            memory.requests += 1
            let wait = Backoff.doubling(from: .seconds(60), step: memory.level, limit: .seconds(3600))
            memory.level += 1
            health = memory
            let jittered = Backoff.jittered(wait, share: machine.rules.jitter, using: &random)
            dueAt = at + max(jittered, observation.wish ?? .zero)
            return (nil, nil)
        }
        switch answer {
        case .rules(let new, let lifetime): use(new, at: at, for: lifetime)
        case .cut(let new):
            use(new, at: at, for: RobotsSettings.cutLifetime)
            isCut = true
        case .none(let lifetime): use(.allowAll, at: at, for: lifetime)
        case .failure: break
        }
        let incident = health?.mark?.incident
        let decision: HealthMachine.Decision
        if case .failure(let failure) = answer {
            decision = RobotsHold(machine: machine).observe(
                failure, observation, wish: blockedUntil.map { $0 - at } ?? observation.classification.retryAfter,
                record: health, using: &random)
        } else {
            decision = machine.observe(observation, record: health, using: &random)
        }
        health = decision.record
        dueAt =
            switch decision.next {
            case .recrawl: nil
            case .health(let next), .retry(let next): max(next, blockedUntil ?? next)
            case .afterBlock: blockedUntil ?? at + HealthMachine.retryFirst
            case .never: .distantFuture
            }
        return (decision.event, decision.record?.mark?.incident ?? incident)
    }

    /// The control profile fares no better than ours: that is no answer to us, and the hour goes on.
    mutating func noteControlFailed(
        _ observation: Observation, machine: HealthMachine, blockedUntil: Instant?,
        using random: inout some RandomNumberGenerator
    ) {
        guard var memory = health, let run = memory.run else { return }
        memory.requests += observation.requests
        memory.softBlock = .unproven(run.outcome)
        health = memory
        let next = machine.nextProbe(run, at: observation.completedAt, using: &random)
        dueAt = max(next, blockedUntil ?? next)
    }

    private mutating func use(_ new: RobotsRules, at: Instant, for lifetime: Duration) {
        rules = new
        copyAt = at
        isCut = false
        expiresAt = at + lifetime
    }
}
