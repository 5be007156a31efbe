/// When five domains seen good fail without any HTTP answer and none gives one, we are offline: nothing but one request
/// every 30 s until two domains answer, and no mark.
struct Offline: Invariant {
    let name = "offline"
    /// When the guard must have come on; nil = it is off.
    private var since: Int64?
    private var lastTrueAt = Int64.min
    private var answering: Set<Int> = []
    private var lastAsked = Int64.min

    mutating func asked(_ asked: Asked, _ history: History) -> Breach? {
        let last = lastAsked
        lastAsked = asked.steady
        guard let since, last > since + RulesText.slack, asked.steady - last < RulesText.offlineGap else { return nil }
        return Breach(
            asked.target.origin, "\(asked.target) is asked \(asked.steady - last) ms after another while offline")
    }

    mutating func answered(_ answer: Answer, _ history: History) -> Breach? {
        if answer.fault.isHTTP {
            answering.insert(answer.asked.target.origin)
            if answering.count >= 2 { since = nil }
        }
        guard isOffline(history) else { return nil }
        lastTrueAt = history.now
        if since == nil {
            since = history.now
            answering = []
        }
        return nil
    }

    func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        if episode.scope == .offline {
            return history.now - lastTrueAt <= 60_000 ? nil : Breach(nil, "offline is told of, and domains answer")
        }
        guard isNew, let target = episode.target, since != nil || lastTrueAt > history.now - RulesText.hour,
            history.window(target)?.observations.contains(where: { $0.culprit == .network }) ?? false
        else { return nil }
        return Breach(target.origin, "\(target) is marked for what our own network did")
    }

    mutating func killed(_ history: History) { since = nil }

    private func isOffline(_ history: History) -> Bool {
        let from = history.now - RulesText.offlineWindow
        guard history.lastHTTPAt <= from else { return false }
        var silent = 0
        for domain in history.domains {
            guard let silence = domain.lastSilenceAt, silence > from, let good = domain.lastGoodAt,
                silence - good <= RulesText.day
            else { continue }
            silent += 1
        }
        return silent >= RulesText.offlineDomains
    }
}
