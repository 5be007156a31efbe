import CrawlCore
import GRDB

// Storms and offline periods as incidents: one alert at the beginning, one at the end.

extension IncidentStore {
    func open(_ period: GuardPeriod) throws {
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
    func close(_ period: GuardPeriod) throws {
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
