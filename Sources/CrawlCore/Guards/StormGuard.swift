import DequeModule

/// Sees when an edge fails for many domains at once. Pure: a three hours' storm can be tested in a millisecond.
///
///     domains turn bad ──► more than `share` of those asked in `window` ──► storm ──► weak for 10 min, or `max` ──► over
///
/// In a storm its members, the domains that turned bad, are asked by sample only: at most 20, in turn, every 5 min.
struct StormGuard {
    let edge: Edge
    private(set) var storm: Storm?
    /// Domains seen good behind the edge that were asked in the window.
    private var asked = RecentDomains()
    /// Of these, the ones that have turned bad in it.
    private var turned = RecentDomains()
    private var colos = RecentTexts()
    private var rays = RecentTexts()

    struct Storm {
        var period: GuardPeriod
        /// Domains that have turned bad and were not seen good since.
        fileprivate(set) var members: Set<UInt64>
        /// All that ever were members.
        fileprivate var ever: Set<UInt64>
        fileprivate var line: Deque<UInt64>
        fileprivate var round: Round
        /// Since when it is weak; nil = it is not.
        fileprivate var calmSince: Instant?
    }

    /// From one sample to the next.
    fileprivate struct Round {
        var began: Instant
        /// Members when it began.
        var members: Int
        var sample: Set<UInt64> = []
        var good = 0
        var failed = 0
        /// Domains that turned bad meanwhile.
        var joined = 0
    }

    enum Step: Hashable {
        /// Ask these.
        case sample([UInt64])
        case ended(GuardPeriod, failing: Set<UInt64>)
    }

    init(_ edge: Edge) { self.edge = edge }

    /// The storm of a process before this one.
    init(_ edge: Edge, resuming period: GuardPeriod, members: [UInt64], now: Instant) {
        self.edge = edge
        storm = Storm(
            period: period, members: Set(members), ever: Set(members), line: Deque(members),
            round: Round(began: now - StormRules.samplePeriod, members: members.count))
    }

    // MARK: Answers

    /// An HTTP answer, other than a failing one, of a domain that was seen good behind this edge.
    mutating func noteAnswer(_ domain: UInt64, at: Instant) { asked.note(domain, at: at) }

    /// The domain was seen good: it is no member any more.
    mutating func noteGood(_ domain: UInt64) {
        turned.remove(domain)
        guard storm?.members.remove(domain) != nil, storm?.round.sample.remove(domain) != nil else { return }
        storm?.round.good += 1
    }

    /// It answers from behind another edge, or is not known any more.
    mutating func forget(_ domain: UInt64) {
        asked.remove(domain)
        turned.remove(domain)
        storm?.members.remove(domain)
    }

    /// A 5xx of the edge for a domain that is `row` now. The period if that makes a storm.
    mutating func noteFailure(
        _ row: DomainRow, _ answer: DomainAnswer, _ rules: StormRules, using random: inout some RandomNumberGenerator
    ) -> GuardPeriod? {
        let at = answer.at
        asked.note(row.key, at: at)
        guard !row.isAlone, let badSince = row.badSince else { return nil }
        if let colo = answer.colo { colos.note(colo) }
        if let ray = answer.ray { rays.note(ray) }
        guard storm == nil else {
            join(row.key)
            return nil
        }
        if badSince >= at - rules.window { turned.note(row.key, at: badSince) }
        asked.expire(before: at - rules.window)
        turned.expire(before: at - rules.window)
        guard turned.count >= rules.minDomains, Double(turned.count) > rules.share * Double(asked.count) else {
            return nil
        }
        return begin(at: at, using: &random)
    }

    private mutating func begin(at: Instant, using random: inout some RandomNumberGenerator) -> GuardPeriod {
        var period = GuardPeriod(
            .storm(edge), incident: ULID(at: at, using: &random), began: at, domains: turned.count,
            asked: asked.count, firstAt: turned.earliest ?? at)
        period.colos = colos.texts
        period.rays = rays.texts
        storm = Storm(
            period: period, members: Set(turned.domains), ever: Set(turned.domains),
            line: Deque(turned.domains.sorted()), round: Round(began: at, members: turned.count))
        turned.removeAll()
        return period
    }

    private mutating func join(_ domain: UInt64) {
        guard var storm else { return }
        if storm.members.insert(domain).inserted {
            storm.line.append(domain)
            storm.round.joined += 1
            if storm.ever.insert(domain).inserted { storm.period.domains += 1 }
        } else if storm.round.sample.remove(domain) != nil {
            storm.round.failed += 1
        }
        self.storm = storm
    }

    // MARK: Time

    /// When `step` has something to do; nil = there is no storm.
    func nextStepAt(_ rules: StormRules) -> Instant? {
        storm.map { min($0.period.began + rules.max, $0.round.began + StormRules.samplePeriod) }
    }

    /// Nothing can be asked now: what was seen so far does not make it weak.
    mutating func suspend(now: Instant) {
        guard let members = storm?.members.count else { return }
        storm?.calmSince = nil
        storm?.round = Round(began: now, members: members)
    }

    mutating func step(now: Instant, _ rules: StormRules) -> Step? {
        guard var storm else { return nil }
        if now >= storm.period.began + rules.max { return end(at: now, isGivenUp: true) }
        guard now >= storm.round.began + StormRules.samplePeriod else { return nil }
        storm.calmSince = isWeak(storm) ? storm.calmSince ?? storm.round.began : nil
        self.storm = storm
        if let since = storm.calmSince, now - since >= StormRules.calm { return end(at: now, isGivenUp: false) }
        return .sample(newRound(now))
    }

    /// As the last sample shows it: fewer than half of the domains that made it a storm still fail.
    private func isWeak(_ storm: Storm) -> Bool {
        let round = storm.round
        let answers = round.good + round.failed
        guard answers > 0 || round.members == 0 else { return false }
        let share = answers > 0 ? Double(round.failed) / Double(answers) : 0
        let failing = share * Double(round.members) + Double(round.joined)
        return failing < Double(storm.period.domains) / 2
    }

    private mutating func newRound(_ now: Instant) -> [UInt64] {
        guard var storm else { return [] }
        var sample: [UInt64] = []
        for _ in 0..<storm.line.count where sample.count < StormRules.sampleSize {
            guard let next = storm.line.popFirst(), storm.members.contains(next), !sample.contains(next) else {
                continue
            }
            sample.append(next)
        }
        storm.line.append(contentsOf: sample)
        storm.round = Round(began: now, members: storm.members.count, sample: Set(sample))
        self.storm = storm
        return sample
    }

    private mutating func end(at now: Instant, isGivenUp: Bool) -> Step? {
        guard let storm else { return nil }
        self.storm = nil
        turned.removeAll()
        var period = storm.period
        period.ended = now
        period.isGivenUp = isGivenUp
        return .ended(period, failing: storm.members)
    }

    /// The clock was set: moments from before mean nothing.
    mutating func clockJumped(now: Instant) {
        asked.removeAll()
        turned.removeAll()
        guard let period = storm?.period else { return }
        storm?.period.began = min(period.began, now)
        suspend(now: now)
    }
}

/// The last few texts, each once.
private struct RecentTexts {
    private(set) var texts: [String] = []
    private static let limit = 10

    mutating func note(_ text: String) {
        if texts.last == text { return }
        texts.removeAll { $0 == text }
        if texts.count == Self.limit { texts.removeFirst() }
        texts.append(text)
    }
}
