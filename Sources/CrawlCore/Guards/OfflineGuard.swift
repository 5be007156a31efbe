/// Sees when it is us who cannot reach anything: domains that were good fall silent, and nobody answers any more. Then
/// one request is sent every 30 s, to domains that were good last, in turn; HTTP answers of two of them end it.
struct OfflineGuard {
    private(set) var period: GuardPeriod?
    private var silent = RecentDomains()
    /// The last HTTP answer of whomever; at first the start.
    private var lastAnswerAt: Instant
    /// Domains that have answered in the period.
    private var answered: Set<UInt64> = []
    private var nextProbeAt: Instant

    /// `resuming`: the period of a process before this one, whose last request, if any is known, was sent at `lastSentAt`.
    init(now: Instant, resuming period: GuardPeriod? = nil, lastSentAt: Instant? = nil) {
        self.period = period
        lastAnswerAt = now
        nextProbeAt = max(now, (lastSentAt ?? now - StormRules.probePeriod) + StormRules.probePeriod)
    }

    /// An HTTP answer, good or bad. The period if that ends it.
    mutating func noteAnswer(_ domain: UInt64, at: Instant) -> GuardPeriod? {
        lastAnswerAt = max(lastAnswerAt, at)
        guard var over = period else { return nil }
        answered.insert(domain)
        guard answered.count >= StormRules.answersToEnd else { return nil }
        over.ended = at
        period = nil
        silent.removeAll()
        turn = []
        return over
    }

    /// Nobody who was seen good is left to ask: whether we are offline cannot be told any more.
    mutating func giveUp(now: Instant) -> GuardPeriod? {
        guard var over = period else { return nil }
        over.ended = now
        over.isGivenUp = true
        period = nil
        silent.removeAll()
        turn = []
        lastAnswerAt = now
        return over
    }

    /// A domain that was seen good did not answer.
    mutating func noteSilence(_ domain: UInt64, at: Instant) {
        if period == nil { silent.note(domain, at: at) }
    }

    /// When `begin` may come true without another answer; nil = not, as far as is known.
    var nextCheckAt: Instant? {
        guard period == nil, silent.count >= StormRules.offlineDomains else { return nil }
        return lastAnswerAt + StormRules.offlineWindow
    }

    /// The period if we are offline as of now.
    mutating func begin(now: Instant, using random: inout some RandomNumberGenerator) -> GuardPeriod? {
        guard period == nil, silent.count >= StormRules.offlineDomains else { return nil }
        silent.expire(before: now - StormRules.offlineWindow)
        guard silent.count >= StormRules.offlineDomains, now - lastAnswerAt >= StormRules.offlineWindow else {
            return nil
        }
        let new = GuardPeriod(
            .offline, incident: ULID(at: now, using: &random), began: now, domains: silent.count, asked: 0,
            firstAt: silent.earliest ?? now)
        period = new
        answered = []
        nextProbeAt = now + StormRules.probePeriod
        return new
    }

    // MARK: Probes

    /// When the next request may be sent; nil = we are not offline.
    var probeAt: Instant? { period == nil ? nil : nextProbeAt }

    /// Who is still to be asked, the next one first.
    private(set) var turn: [UInt64] = []
    var isTurnOver: Bool { turn.isEmpty }
    mutating func beginTurn(_ domains: [UInt64]) { turn = domains }

    /// One was asked, those before it could not be; nil = nobody could.
    mutating func noteProbe(of domain: UInt64?, now: Instant) {
        nextProbeAt = now + StormRules.probePeriod
        turn = domain.flatMap { turn.firstIndex(of: $0) }.map { Array(turn[($0 + 1)...]) } ?? []
    }

    /// The next one counts from there.
    mutating func noteStarted(now: Instant) { nextProbeAt = max(nextProbeAt, now + StormRules.probePeriod) }

    mutating func clockJumped(now: Instant) {
        silent.removeAll()
        lastAnswerAt = now
        nextProbeAt = min(nextProbeAt, now + StormRules.probePeriod)
        if let began = period?.began { period?.began = min(began, now) }
    }
}
