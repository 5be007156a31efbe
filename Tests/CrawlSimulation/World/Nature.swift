import CrawlCore

/// What an answer is by the rules' table. The simulation knows it because it made the answer; the product's classifier
/// has to find it out.
package enum Nature: Hashable, Sendable {
    case good
    /// Counts in the hour; with the code that an alert names as its cause.
    case failing(String)
    /// serverError and its kin: ends a run of another class, not the streak.
    case wavering
    /// The whole origin waits so long.
    case throttled(Duration)
    /// A challenge of the edge, or a fault of ours: no observation.
    case blockedByEdge
    case inconclusive

    var isNeutral: Bool {
        switch self {
        case .throttled, .blockedByEdge, .inconclusive: true
        case .good, .failing, .wavering: false
        }
    }

    var isBad: Bool {
        switch self {
        case .failing, .wavering: true
        default: false
        }
    }
}

/// Whose fault it is.
package enum Culprit: Hashable, Sendable {
    case origin
    /// The edge that many origins are behind.
    case provider
    /// Our own uplink or firewall.
    case network
}
