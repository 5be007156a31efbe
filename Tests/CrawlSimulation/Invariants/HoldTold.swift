import CrawlCore

/// No hold in silence: an origin whose robots.txt was never had and has failed for an hour, in whatever ways, has an open
/// incident a few minutes later.
struct HoldTold: Invariant {
    let name = "hold-told"
    /// An hour, what jitter adds, the last request and its commit.
    private static let limit: Int64 = 65 * 60_000
    /// What befell the daemon or many origins may have begun the hour anew, at the next request.
    private static let toNextRequest: Int64 = 35 * 60_000
    private static let lookEvery: Int64 = 60_000

    private var nextLook: Int64 = 0
    /// Of each origin, when it was last under a guard or its clock was set.
    private var disturbedAt: [Int64] = []
    private var timeline = 0
    /// Told with others: their incident is not each one's.
    private var challengesToldAt: Int64?
    /// Those that were, whatever they answered since.
    private var toldWithOthers: Set<Int> = []

    mutating func asked(_ asked: Asked, _ history: History) -> Breach? { look(history) }
    mutating func answered(_ answer: Answer, _ history: History) -> Breach? { look(history) }

    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? {
        guard episode.scope == .challenges else { return nil }
        defer { challengesToldAt = history.now }
        guard isNew, let told = challengesToldAt, history.now - told < RulesText.day, history.timeline == 0 else {
            return nil
        }
        return Breach(nil, "challenges are told of twice within \((history.now - told) / 60_000) min")
    }

    mutating func killed(_ history: History) { disturb(history.now) }

    private mutating func disturb(_ now: Int64) {
        for origin in disturbedAt.indices { disturbedAt[origin] = now }
    }

    private mutating func look(_ history: History) -> Breach? {
        if disturbedAt.isEmpty { disturbedAt = history.domains.map { _ in .min } }
        if history.timeline != timeline { disturb(history.now) }
        timeline = history.timeline
        for origin in disturbedAt.indices where history.isGuarded(origin) { disturbedAt[origin] = history.now }
        guard history.now >= nextLook else { return nil }
        nextLook = history.now + Self.lookEvery
        let plan = history.plan
        // A stop or a trouble of many goes on for a while after its moment.
        if plan.isDisturbed(history.now - 3 * RulesText.hour / 2, history.now) { disturb(history.now) }
        // What of a name's failures was the site's doing may be too little for an hour.
        for origin in history.domains.indices
        where !history.handled.contains(origin) && !(plan.names?.isDoubtful(origin) ?? false) {
            if let breach = look(origin, history) { return breach }
        }
        return nil
    }

    private mutating func look(_ origin: Int, _ history: History) -> Breach? {
        let target = Target(origin: origin, page: nil)
        if history.lastGood[target] != nil { toldWithOthers.remove(origin) }
        guard history.lastGood[target] == nil, !history.softBlocks.isParked(target),
            let answers = history.answers[target],
            let first = answers.first(where: { RobotsWindow.counts($0.nature) }),
            !answers.contains(where: { if case .throttled = $0.nature { true } else { false } })
        else { return nil }
        var since = first.steady
        if disturbedAt[origin] >= since - RulesText.hour {
            since = max(since, disturbedAt[origin] + Self.toNextRequest)
        }
        guard history.now > since + Self.limit, history.open(at: origin).isEmpty else { return nil }
        // Of those that are challenged one incident tells.
        if challengesToldAt != nil, answers.allSatisfy({ !$0.nature.isBad }) { toldWithOthers.insert(origin) }
        guard !toldWithOthers.contains(origin) else { return nil }
        return Breach(
            origin,
            "\(target) cannot be had for \((history.now - first.steady) / 60_000) min, and nothing is told of it")
    }
}
