import CrawlCore
import CrawlFrontier

/// An incident as its alerts tell of it.
struct Episode: Sendable {
    enum Scope: String, Sendable {
        case url, partial, origin, edge, offline, other
    }

    var id: String
    var scope: Scope
    var cause: String
    /// nil for `edge` and `offline`.
    var target: Target?
    /// Steady time at which its first alert was seen.
    var openedAt: Int64
    var closedAt: Int64?
    /// Of the window that led to it, wall clock.
    var firstAtMs: Int64
    var markedAt: Instant

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
            case .edge: return .edge
            case .offline: return .offline
            }
        default: return .other
        }
    }

    func covers(_ target: Target) -> Bool {
        switch scope {
        case .url, .partial: self.target == target
        case .origin: self.target?.origin == target.origin
        case .edge, .offline, .other: false
        }
    }
}
