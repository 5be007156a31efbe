/// An answer with what it was judged to mean, until that is stored.
final class Answered: Sendable {
    let result: FetchResult
    let classification: Classification
    let cover: GuardCover
    let verdict: Verdict
    /// Its redirect has made it due once more.
    let isAskedAgain: Bool
    /// How often it was judged again.
    let tries: Int

    init(
        _ result: FetchResult, _ classification: Classification, _ cover: GuardCover, _ verdict: Verdict,
        isAskedAgain: Bool, tries: Int = 0
    ) {
        self.result = result
        self.classification = classification
        self.cover = cover
        self.verdict = verdict
        self.isAskedAgain = isAskedAgain
        self.tries = tries
    }
}

/// An answer means something for other URLs of its origin: it may open an incident that they share, or join one, trip the
/// breaker or shut it. It is judged by what is known then, and stored a moment later; when an operator's hand, or an
/// answer that could not be stored, came between, the store gives it back with what is there now, and it is judged again.
/// No request is sent for that.
extension Scheduler {
    /// As often an operator would have to act on one origin between a judgement and its commit; then only that a request
    /// was sent counts, and its URL is as due as before.
    static let againLimit = 8

    mutating func keep(
        _ result: FetchResult, _ classification: Classification, _ cover: GuardCover, _ verdict: Verdict,
        isAskedAgain: Bool
    ) {
        guard verdict.mayShare else { return }
        flights[verdict.id]?.answered = Answered(
            result, classification, cover, verdict, isAskedAgain: isAskedAgain)
    }

    /// In the order of the answers, each by what those before it have left.
    mutating func judgeAgain(
        _ again: [CompletionCommit.Again], _ verdicts: [Verdict], now: Instant
    ) -> [Verdict] {
        let ids = Set(again.map(\.id))
        for verdict in verdicts where ids.contains(verdict.id) {
            guard let active = flights[verdict.id]?.origin else { continue }
            if verdict.rewritesOthers { active.rewriting -= 1 }
            reload(active, now)
        }
        var written: [Int64: Verdict] = [:]
        for verdict in verdicts where ids.contains(verdict.id) { written[verdict.id] = verdict }
        return again.compactMap { again in written[again.id].flatMap { judgeAgain(again, $0, now: now) } }
    }

    private mutating func judgeAgain(
        _ again: CompletionCommit.Again, _ written: Verdict, now: Instant
    ) -> Verdict? {
        guard let flight = flights[again.id] else { return nil }
        let active = flight.origin
        guard let before = flight.answered, before.tries < Self.againLimit else { return written.voided }
        if active.health == nil { active.health = again.origin }
        flight.url.health = again.record
        flight.url.state = again.state
        flight.disturbances = active.disturbances
        // Who it was asked for is another matter if the origin is no longer held, or by another URL.
        let breaker = active.health?.breaker ?? again.origin.breaker
        if !breaker.isHolding || flight.role == .canary && breaker.canary != again.id { flight.role = .url }
        var verdict = verdict(
            on: flight.url, of: active, flight.role, before.result, before.classification,
            block: before.verdict.originBlock, before.cover, askedAs: flight.asking?.askedAs)
        verdict.goOn(from: before.verdict, isAskedAgain: before.isAskedAgain)
        flight.answered = Answered(
            before.result, before.classification, before.cover, verdict, isAskedAgain: before.isAskedAgain,
            tries: before.tries + 1)
        rest(active, now: now)
        return verdict
    }
}

extension Verdict {
    /// Of no row that there is: the store counts the request, and nothing else.
    fileprivate var voided: Verdict {
        var void = self
        void.generation = -1
        void.originChange = nil
        void.sitemap = nil
        (void.dueAt, void.healthDueAt) = (at, at)  // its row is read again at once
        return void
    }

    /// What does not depend on anything shared.
    fileprivate mutating func goOn(from before: Verdict, isAskedAgain: Bool) {
        wasAsked = before.wasAsked
        received = before.received
        redirect = before.redirect
        targetDueAt = before.targetDueAt
        redirectProblem = before.redirectProblem
        refusal = before.refusal
        sitemap = before.sitemap
        guard isAskedAgain else { return }
        state = before.state
        dueAt = before.dueAt
    }
}
