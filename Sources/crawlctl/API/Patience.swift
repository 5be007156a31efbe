/// How long the daemon may keep us waiting, and when that is said.
struct Patience {
    enum Step: Equatable { case wait, say, giveUp }

    /// After so long a person wonders; ms.
    static let quiet: Int64 = 2000

    /// Without a sign from the daemon, ms; nil = as long as it takes.
    let limit: Int64?
    private var since: Int64
    private var hasSaid = false

    /// `now`: ms, from any origin, here and below.
    init(limit: Int64?, now: Int64) {
        self.limit = limit
        since = now
    }

    /// The daemon did something, or it was not the one that was waited for.
    mutating func heard(now: Int64) { since = now }

    /// `say` once only: who was told of one wait needs not be told of the next.
    mutating func step(now: Int64) -> Step {
        let waited = now - since
        if let limit, waited >= limit { return .giveUp }
        guard waited >= Self.quiet, !hasSaid else { return .wait }
        hasSaid = true
        return .say
    }
}
