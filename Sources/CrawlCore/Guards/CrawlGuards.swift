/// The storm guards, the offline guard and what they look at together, as the scheduler keeps them.
///
///     answer ─► DomainBook ─► StormGuard (one an edge), OfflineGuard ─► periods ─► store, alerts
///                                            └─► held domains, samples and probes ─► Scheduler
struct CrawlGuards {
    var rules: StormRules
    var book: DomainBook
    /// One for each of `Edge.providers`, in their order.
    private(set) var storms: [StormGuard]
    private(set) var offline: OfflineGuard
    private var answers = LastAnswers()
    /// When the last period of each subject was over: a window from before does not go on.
    private var ends: [GuardPeriod.Subject: Instant] = [:]
    /// Begun or ended since the store was told.
    private var periods: [GuardPeriod] = []
    /// Members of storms that wait to be asked in this round.
    private(set) var sample: [UInt64] = []
    /// No look at the sample before.
    private(set) var sampleLookAt = Instant(ms: .min)
    /// Domains that are members no more since the scheduler looked; nil = all may be.
    private(set) var released: [UInt64]? = []

    /// `lastSentAt`: when a process before this one sent its last request; nil = it never did.
    init(rules: StormRules, opening: GuardOpening, lastSentAt: Instant? = nil, now: Instant) {
        self.rules = rules
        book = DomainBook(rows: opening.domains)
        var open: [GuardPeriod.Subject: GuardPeriod] = [:]
        for period in opening.periods {
            if let ended = period.ended { ends[period.subject] = ended } else { open[period.subject] = period }
        }
        storms = Edge.providers.map { edge in
            guard let period = open[.storm(edge)] else { return StormGuard(edge) }
            let members = opening.domains.filter { row in
                row.edge == edge && !row.isAlone
                    && row.badSince.map { $0 >= period.began - rules.window } ?? false
            }
            return StormGuard(edge, resuming: period, members: members.map(\.key).sorted(), now: now)
        }
        offline = OfflineGuard(now: now, resuming: open[.offline], lastSentAt: lastSentAt)
        hasStorm = storms.contains { $0.storm != nil }
    }

    var isOffline: Bool { offline.period != nil }
    private(set) var hasStorm = false

    /// A domain that is asked by sample only, and the edge that fails for it; nil = it is asked as always.
    func storm(over domain: UInt64) -> GuardPeriod? {
        storms.lazy.compactMap(\.storm).first { $0.members.contains(domain) }?.period
    }

    /// When a storm is over at the latest.
    func latestEnd(of storm: GuardPeriod) -> Instant { storm.began + rules.max }

    /// What holds for an answer of the domain that came from behind `edge`, or for one that never came.
    func cover(_ domain: UInt64, _ edge: Edge?) -> GuardCover {
        var cover = GuardCover()
        guard isOffline || hasStorm || !ends.isEmpty else { return cover }
        cover.mayMark = !isOffline
        if let end = ends[.offline] { cover.windowsFrom = end }
        for edge in Set([edge, book[domain]?.edge].compactMap { $0 }) where edge != .direct {
            if storms.contains(where: { $0.edge == edge && $0.storm != nil }) { cover.mayMark = false }
            if let end = ends[.storm(edge)] { cover.windowsFrom = max(cover.windowsFrom, end) }
        }
        return cover
    }

    // MARK: Answers

    /// A domain other than this one has given an HTTP answer then or later.
    func hasAnswer(fromOtherThan domain: UInt64, since: Instant) -> Bool {
        answers.hasAny(otherThan: domain, since: since)
    }

    mutating func note(_ answer: DomainAnswer, using random: inout some RandomNumberGenerator) {
        // While we are offline there is no news of anybody, and those who were good last are asked when it will be over.
        if !isOffline { book.forget(now: answer.at) }
        if answer.edge != nil { answers.note(answer.domain, at: answer.at) }
        if answer.edge != nil, let over = offline.noteAnswer(answer.domain, at: answer.at) { end(over) }
        let edgeBefore = book[answer.domain]?.edge
        switch answer.kind {
        case .good:
            book.noteGood(answer)
            move(answer.domain, from: edgeBefore, to: answer.edge)
            if let index = index(of: answer.edge) { storms[index].noteGood(answer.domain) }
            noteAsked(answer)
            if hasStorm { released?.append(answer.domain) }
        case .other: noteAsked(answer)
        case .edgeFailure, .failure, .silence: noteFailure(answer, edgeBefore, &random)
        case .unexplained: if book.isNews(answer) { noteSilence(answer, &random) }
        }
    }

    private mutating func noteAsked(_ answer: DomainAnswer) {
        guard let row = book[answer.domain], answer.at - row.lastGoodAt <= StormRules.memory else { return }
        if let index = index(of: answer.edge) { storms[index].noteAnswer(answer.domain, at: answer.at) }
    }

    private mutating func noteFailure(
        _ answer: DomainAnswer, _ edgeBefore: Edge?, _ random: inout some RandomNumberGenerator
    ) {
        guard let row = book.noteFailure(answer) else { return }
        move(answer.domain, from: edgeBefore, to: answer.edge)
        switch answer.kind {
        case .silence: noteSilence(answer, &random)
        case .edgeFailure:
            guard let index = index(of: answer.edge) else { return }
            guard let period = storms[index].noteFailure(row, answer, rules, using: &random) else { return }
            periods.append(period)
            hasStorm = true
        case .good, .failure, .unexplained, .other: break
        }
    }

    private mutating func noteSilence(_ answer: DomainAnswer, _ random: inout some RandomNumberGenerator) {
        offline.noteSilence(answer.domain, at: answer.at)
        beginOffline(now: answer.at, &random)
    }

    /// nil = nobody is there to fail for many.
    private func index(of edge: Edge?) -> Int? { edge.flatMap { Edge.providers.firstIndex(of: $0) } }

    private mutating func move(_ domain: UInt64, from: Edge?, to: Edge?) {
        guard let from, let to, from != to else { return }
        if let index = index(of: from) { storms[index].forget(domain) }
        if hasStorm { released?.append(domain) }
    }

    // MARK: Time

    /// The next moment at which `step` has something to do, or a probe may be sent; nil = there is none.
    var nextStepAt: Instant? {
        if let at = offline.probeAt { return at }
        var next = offline.nextCheckAt ?? .distantFuture
        if hasStorm {
            for index in storms.indices { next = min(next, storms[index].nextStepAt(rules) ?? next) }
            if !sample.isEmpty { next = min(next, sampleLookAt) }
        }
        return next == .distantFuture ? nil : next
    }

    mutating func step(now: Instant, using random: inout some RandomNumberGenerator) {
        beginOffline(now: now, &random)
        guard !isOffline else {
            if book.count == 0, let over = offline.giveUp(now: now) { end(over) }
            return
        }
        for index in storms.indices {
            switch storms[index].step(now: now, rules) {
            case nil: break
            case .sample(let domains):
                sample = domains
                sampleLookAt = now
            case .ended(let period, let failing):
                for domain in failing { book.leaveAlone(domain) }
                end(period)
            }
        }
    }

    private mutating func beginOffline(now: Instant, _ random: inout some RandomNumberGenerator) {
        guard let period = offline.begin(now: now, using: &random) else { return }
        periods.append(period)
        sample = []
        for index in storms.indices { storms[index].suspend(now: now) }
    }

    private mutating func end(_ period: GuardPeriod) {
        periods.append(period)
        ends[period.subject] = period.ended
        guard case .offline = period.subject else {
            released = nil
            sample = []
            hasStorm = storms.contains { $0.storm != nil }
            return
        }
        if let now = period.ended { for index in storms.indices { storms[index].suspend(now: now) } }
    }

    mutating func clockJumped(now: Instant) {
        for index in storms.indices { storms[index].clockJumped(now: now) }
        offline.clockJumped(now: now)
        answers = LastAnswers()  // how long ago they came nobody can tell
        sampleLookAt = min(sampleLookAt, now)
        for (subject, end) in ends { ends[subject] = min(end, now) }
    }

    // MARK: Who is asked

    struct Target: Hashable {
        var domain: UInt64
        /// Its last good one.
        var url: Int64
    }

    /// Of whom one may be asked now, the first first; none = it is not time. `noteAsked` or `noteNoneAsked` has to follow
    /// if there are any.
    mutating func targets(now: Instant) -> [Target] {
        if let at = offline.probeAt {
            guard at <= now else { return [] }
            if offline.isTurnOver { offline.beginTurn(book.lastGood(limit: StormRules.probeTurn)) }
            return targets(offline.turn)
        }
        return sampleLookAt <= now ? targets(sample) : []
    }

    private func targets(_ domains: some Collection<UInt64>) -> [Target] {
        domains.compactMap { domain in book[domain].map { Target(domain: domain, url: $0.url) } }
    }

    mutating func noteAsked(_ target: Target, now: Instant) {
        if isOffline {
            offline.noteProbe(of: target.domain, now: now)
        } else {
            sample.removeAll { $0 == target.domain }
        }
    }

    /// What was asked for goes out only now: its name was looked up first.
    mutating func noteStarted(now: Instant) {
        if isOffline { offline.noteStarted(now: now) }
    }

    /// Its last good URL is there no more: it is asked as always, and becomes a member again if it still fails. While we
    /// are offline nobody can be asked for it.
    mutating func noteGone(_ domain: UInt64) {
        if isOffline { book.remove(domain) }
        for index in storms.indices { storms[index].forget(domain) }
        if hasStorm { released?.append(domain) }
    }

    /// Nothing if it was not time; else there is another look later, also where nobody is known any more.
    mutating func noteNoneAsked(now: Instant) {
        if let at = offline.probeAt {
            if at <= now { offline.noteProbe(of: nil, now: now) }
        } else if sampleLookAt <= now {
            sampleLookAt = now + Self.lookAgain
        }
    }

    /// A member that may not be asked yet, because of its crawl delay for one, is looked at again after this.
    private static let lookAgain = Duration.seconds(1)

    /// Domains whose held origins have to be looked at; `all` = every one.
    mutating func takeReleased() -> (domains: [UInt64], all: Bool) {
        defer { released = [] }
        return (released ?? [], released == nil)
    }

    // MARK: Telling

    var hasPeriods: Bool { !periods.isEmpty }

    mutating func takeChanges() -> GuardChanges {
        var changes = GuardChanges()
        changes.domains = book.takeChanges()
        changes.periods = periods
        periods = []
        return changes
    }
}
