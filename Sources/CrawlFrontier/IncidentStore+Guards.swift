import CrawlCore
import GRDB

// Storms and offline periods as incidents: one alert at the beginning, one at the end.

extension IncidentStore {
    /// By the rule of `VerdictRule`, of what no URL's row stands for: an end counts for the period that is open, and a
    /// beginning ends what is open of the same subject.
    func write(_ period: GuardPeriod) throws {
        let tables = GuardTables(db: db)
        let open = try tables.open(period.subject)
        if period.ended == nil {
            if let open, open != period.incident { try close(open, how: .withdrawn, at: period.began, wait: .zero) }
            try tables.save(period)
            try self.open(period)
        } else if open == period.incident {
            try tables.save(period)
            try close(period)
        }
    }

    private func open(_ period: GuardPeriod) throws {
        var opening = IncidentOpening(
            period.incident, guarding: period.isStorm ? .edge : .offline, firstAt: period.firstAt, at: period.began,
            observations: period.domains)
        if case .storm(let edge) = period.subject { opening.cause = edge.name }
        opening.requestsSpent = 0
        opening.colos = period.colos
        opening.rays = period.rays
        try open(opening, at: period.began)
    }

    /// Told at once: what ends such a period has lasted for a while already.
    private func close(_ period: GuardPeriod) throws {
        guard let ended = period.ended else { return }
        var progress = IncidentProgress()
        progress.lastAt = ended
        progress.observations = period.domains
        try note(period.incident, progress)
        try close(period.incident, how: period.isGivenUp ? .withdrawn : .recovered, at: ended, wait: .zero)
    }
}

extension GuardPeriod {
    fileprivate var isStorm: Bool { if case .storm = subject { true } else { false } }
}
