package import ControlAPI
import CrawlCore
import CrawlFrontier

extension DaemonControl {
    package func incident(_ name: IncidentName) async throws -> IncidentStory {
        let id = try await number(of: name)
        let (story, urls) = try await read { store -> (StoredIncidentStory?, [StoredURL]) in
            let story = try store.incidentStory(id)
            return (story, try store.records(story?.urls ?? []))
        }
        guard let story else { throw ControlError.notFound("no incident \(id)") }
        return IncidentStory(story, urls: await records(urls))
    }
}

extension IncidentStory {
    init(_ stored: StoredIncidentStory, urls: [URLRecord]) {
        let facts = stored.incident.facts
        self.init(
            record: IncidentRecord(stored.incident), report: SiteReport(facts)?.text,
            story: Self.steps(stored).sorted { $0.at < $1.at }, urls: urls,
            attempts: stored.attempts.map { Attempt(url: $0.url, attempt: AttemptRecord($0.attempt)) },
            alerts: stored.alerts.map { AlertRecord($0) })
    }

    /// Of the same time in this order.
    private static func steps(_ stored: StoredIncidentStory) -> [Step] {
        let (incident, facts) = (stored.incident, stored.incident.facts)
        var steps = [
            Step(
                at: Instant(ms: facts.firstAtMs).text, what: "first-failure",
                detail: "\(facts.cause) for the first time")
        ]
        let relapses = facts.relapses > 0 ? "; \(facts.relapses) times it seemed over and went on" : ""
        steps.append(
            Step(
                at: Instant(ms: facts.lastAtMs).text, what: "last-failure",
                detail: "observation \(facts.observations), \(facts.requestsSpent) requests spent in all\(relapses)"))
        let grade = facts.grade.map { ", \($0)" } ?? ""
        steps.append(
            Step(
                at: incident.markedAt.text, what: "marked",
                detail: "\(facts.event.rawValue) (\(facts.scope.rawValue))\(grade)"))
        for alert in stored.alerts {
            steps.append(Step(at: alert.alert.at.text, what: "alert", detail: alert.alert.facts.event.rawValue))
        }
        if let closedAt = incident.closedAt {
            steps.append(Step(at: closedAt.text, what: "closed", detail: incident.how ?? "closed"))
        }
        return steps
    }
}
