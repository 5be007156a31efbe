/// What came in place of a robots.txt: it says nothing of the site's rules (RFC 9309 §2.3.1.4).
package enum RobotsFailure: Sendable, Hashable {
    /// A 5xx, or no answer at all.
    case outcome(Outcome)
    /// An answer that is not the file, or not all of it.
    case fault(RobotsFault)

    /// False for what was our own doing: it says nothing of the site.
    var counts: Bool { self != .outcome(.inconclusive) }

    /// As alerts and rows have it: an outcome's name, or a fault's.
    package var name: String {
        switch self {
        case .outcome(let outcome): outcome.name
        case .fault(let fault): fault.name
        }
    }

    /// nil = nothing is called so.
    package init?(name: String) {
        if let fault = RobotsFault.allCases.first(where: { $0.name == name }) {
            self = .fault(fault)
        } else if let outcome = Outcome.allCases.first(where: { $0.name == name }) {
            self = .outcome(outcome)
        } else {
            return nil
        }
    }

    /// What an alert gives as its cause where no code stands for all of the hour.
    package static let cause = "robots"
}

extension HealthRecord.Run {
    /// The outcome of all observations; nil = they mix.
    package var onlyOutcome: Outcome? {
        guard let first = met.first else { return outcome }
        guard met.count == 1, case .outcome(let only) = first.key else { return nil }
        return only
    }

    /// What an alert names: the code that all observations stand for, of a robots.txt else `RobotsFailure.cause`; nil =
    /// the run is of no class that is marked.
    package var cause: String? { met.isEmpty ? outcome.cause : onlyOutcome?.cause ?? RobotsFailure.cause }

    package var metByName: [String: Int] {
        Dictionary(met.map { ($0.key.name, $0.value) }, uniquingKeysWith: +)
    }

    /// Nothing but an edge's challenges.
    package var isOnlyChallenges: Bool { met.count == 1 && met[.fault(.challenge)] != nil }

    /// One more of a robots.txt. A run from before mixes were counted has none but its own outcome.
    mutating func count(_ failure: RobotsFailure) {
        if met.isEmpty, observations > 1 { met[.outcome(outcome)] = observations - 1 }
        met[failure, default: 0] += 1
    }
}
