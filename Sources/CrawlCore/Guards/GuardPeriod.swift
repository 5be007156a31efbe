/// A storm behind one edge, or a time in which we were offline: nothing that it covers is marked in it, and windows that
/// it touched begin anew at its end.
package struct GuardPeriod: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case offline
        case storm(Edge)

        /// As stored: 0 = offline, else the edge's number.
        package var number: Int64 {
            switch self {
            case .offline: 0
            case .storm(let edge): Int64(edge.rawValue)
            }
        }

        package init?(number: Int64) {
            guard number != 0 else {
                self = .offline
                return
            }
            guard let raw = UInt8(exactly: number), let edge = Edge(rawValue: raw) else { return nil }
            self = .storm(edge)
        }
    }

    package var subject: Subject
    package var incident: ULID
    package var began: Instant
    /// nil = it goes on.
    package var ended: Instant?
    /// It was ended although enough still fails: that is judged one by one from here on.
    package var isGivenUp = false
    /// Domains that have turned bad, or silent.
    package var domains: Int
    /// Domains asked behind the edge when it began; 0 for offline.
    package var asked: Int
    /// When the first of the domains turned bad.
    package var firstAt: Instant
    /// Where the edge's answers came from, lately.
    package var colos: [String] = []
    package var rays: [String] = []

    package init(
        _ subject: Subject, incident: ULID, began: Instant, domains: Int, asked: Int, firstAt: Instant
    ) {
        self.subject = subject
        self.incident = incident
        self.began = began
        self.domains = domains
        self.asked = asked
        self.firstAt = firstAt
    }
}

/// What a starting crawl is told of the guards.
package struct GuardOpening: Sendable {
    package var domains: [DomainRow] = []
    /// Of each subject the open one, or the last.
    package var periods: [GuardPeriod] = []
    package init() {}
}

/// What the guards have for the store; the periods come with their alerts.
package struct GuardChanges: Sendable {
    package var domains = DomainChanges()
    /// Periods that have begun or ended, in that order.
    package var periods: [GuardPeriod] = []
    package init() {}
    package var isEmpty: Bool { domains.isEmpty && periods.isEmpty }
}

/// What an observation has to know of the guards.
package struct GuardCover: Sendable, Hashable {
    /// A window that began before does not go on.
    package var windowsFrom = Instant(ms: .min)
    /// False inside a period.
    package var mayMark = true
    package init() {}
}
