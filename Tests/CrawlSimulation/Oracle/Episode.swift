import CrawlCore
import CrawlFrontier

/// An incident as its alerts tell of it.
struct Episode: Sendable {
    enum Scope: String, Sendable {
        case url, partial, origin, edge, offline, other
        /// Origins whose robots.txt an edge keeps behind challenges.
        case challenges
    }

    var id: String
    var scope: Scope
    var cause: String
    /// nil for `edge`, `challenges` and `offline`; of an origin its robots.txt.
    var target: Target?
    /// It is the robots.txt that failed; no page is asked.
    var isByRobots = false
    /// Of a marked origin, one URL was good and another failing since: all but one of its URLs may be free, and nothing
    /// is told of that.
    var mayBeNarrow = false
    var wasGood = false
    /// Good answers in a row: with enough of them it is over, though that may not have been told yet.
    var good = 0
    /// It has been told to be over, and by the rules goes on.
    var mayHaveRelapsed = false
    /// It was a URL's, and is its origin's: another URL may stand for it, whose window is its own.
    var isWidened = false
    /// Steady time at which its first alert was seen.
    var openedAt: Int64
    var closedAt: Int64?
    /// Of the window that led to it, wall clock.
    var firstAtMs: Int64
    var markedAt: Instant

    /// How long it has failed at least, milliseconds of the wall clock: its window may have begun anew since it is known.
    func youngest(at wall: Instant) -> Int64 { mayHaveRelapsed || isWidened ? 0 : oldest(at: wall) }

    /// The same, at most.
    func oldest(at wall: Instant) -> Int64 { max(wall.ms - firstAtMs, 0) }

    /// What an alert is about. The one place that reads a scope out of a message.
    static func scope(of facts: AlertFacts) -> Scope {
        switch facts.event.rawValue {
        case "edge-incident": return .edge
        case "offline": return .offline
        case "broken-origin":
            switch facts.scope {
            case .url: return .url
            case .origin: return .origin
            case .partial: return .partial
            case .edge: return .challenges
            case .offline: return .offline
            case .consumer, .archive: return .other
            }
        default: return .other
        }
    }

    /// It is about the web or our line, and while it is open no page is marked.
    var isGuard: Bool { scope == .edge || scope == .offline }

    func covers(_ target: Target) -> Bool {
        switch scope {
        case .url, .partial: self.target == target
        case .origin: self.target?.origin == target.origin && !mayBeNarrow
        case .edge, .offline, .challenges, .other: false
        }
    }
}
