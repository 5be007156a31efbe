/// When five domains seen good fail without any HTTP answer and none gives one, we are offline: nothing but one request
/// every 30 s until two domains answer, and no mark.
struct Offline: Invariant {
    let name = "offline"
    /// When the guard must have come on; nil = it is off.
    private var since: Int64?
    private var lastTrueAt: Int64?
    private var answering: Set<Int> = []
    private var lastAsked = Int64.min
    private var lastTimeline = 0

    mutating func asked(_ asked: Asked, _ history: History) -> Breach? {
        let last = lastAsked
        // A clock that was set moves the next one.
        let isMoved = history.timeline != lastTimeline
        lastAsked = asked.steady
        lastTimeline = history.timeline
        if isMoved { since = nil }
        guard let since, last > since + RulesText.slack, asked.steady - last < RulesText.offlineGap else {
            return nil
        }
        return Breach(
            asked.target.origin, "\(asked.target) is asked \(asked.steady - last) ms after another while offline")
    }

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        if answer.fault.isHTTP {
            answering.insert(answer.asked.target.origin)
            if answering.count >= 2 { since = nil }
        }
        guard isOffline(history, \.lastSilenceAt) else { return nil }
        lastTrueAt = history.now
        if since == nil, isOffline(history, \.lastSureSilenceAt) {
            since = history.now
            answering = []
        }
        return nil
    }

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        if episode.scope == .offline {
            // It may have shown with the passing of time, after the last answer.
            if isOffline(history, \.lastSilenceAt, lag: RulesText.slack) { lastTrueAt = history.now }
            return lastTrueAt.map { history.now - $0 <= 60_000 } ?? false
                ? nil : Breach(nil, "offline is told of, and domains answer")
        }
        let isLately = since != nil || lastTrueAt.map { $0 > history.now - RulesText.hour } ?? false
        guard isNew, let target = episode.target, isLately,
            history.window(target)?.observations.contains(where: { $0.culprit == .network }) ?? false
        else { return nil }
        return Breach(target.origin, "\(target) is marked for what our own network did")
    }

    mutating func killed(_ history: History) { since = nil }

    /// `lag`: how much longer ago the silence may have been.
    private func isOffline(
        _ history: History, _ silence: KeyPath<History.Domain, Int64?>, lag: Int64 = 0
    ) -> Bool {
        let from = history.now - RulesText.offlineWindow - lag
        guard history.lastHTTPAt <= from + lag else { return false }
        var silent = 0
        for domain in history.domains {
            guard let silence = domain[keyPath: silence], silence > from, let good = domain.lastGoodAt,
                silence - good <= RulesText.day
            else { continue }
            silent += 1
        }
        return silent >= RulesText.offlineDomains
    }
}
