import ArgumentParser
import ControlAPI

struct IncidentVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "All that is known of one incident: its story, URLs, attempts, deliveries, report.",
        discussion: """
            ID is the incident's number, or the last 6 characters of it or more, as crawlctl incidents and crawlctl \
            alerts show them.

            EXAMPLES
              crawlctl incident K3F9QZ
              crawlctl --json incident K3F9QZ | jq -r .report
              crawlctl --json incident K3F9QZ | jq -r '.story[] | [.at, .what, .detail] | @tsv'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "The incident's number, or its end.") var id: String

    func run(in session: Session) throws {
        try session.send(
            APIRequest(.get, Routes.incidents, query: [(name: "id", value: id)]), as: IncidentStory.self
        ) { story in
            session.show(Self.rows(story, session.times))
            guard let report = story.report else { return }
            session.terminal.line("")
            for line in report.split(separator: "\n", omittingEmptySubsequences: false) {
                session.terminal.line(Terminal.clean(String(line)))
            }
        }
    }

    static func rows(_ story: IncidentStory, _ times: TimeText) -> [[String]] {
        let record = story.record
        let state = record.open ? "open" : "\(record.how ?? "closed") \(times.both(record.closedAt))"
        var rows = [
            ["incident", record.id], ["event", "\(record.event) (\(record.scope))"], ["cause", record.cause],
            ["where", record.url ?? record.origin ?? record.consumer ?? IncidentsVerb.some(record) ?? "-"],
            ["state", state],
            ["observations", NumberText.count(record.observations) + (record.grade.map { ", \($0)" } ?? "")],
            ["urls", NumberText.count(record.urlsAffected)],
            [
                "requests",
                "\(NumberText.count(record.requestsSpent)) spent, \(NumberText.count(record.requestsSaved)) saved",
            ],
        ]
        if record.relapses > 0 { rows.append(["relapses", NumberText.count(record.relapses)]) }
        if let previous = record.previous { rows.append(["previous", previous]) }
        rows += story.story.map { ["story", "\(times.both($0.at)) \($0.what): \($0.detail)"] }
        rows += story.urls.map { ["url", "\($0.state), \(ListVerb.outcome($0)), \($0.url)"] }
        let unlisted = record.urlsAffected - story.urls.count
        if unlisted > 0, !story.urls.isEmpty { rows.append(["", "and \(NumberText.count(unlisted)) more"]) }
        rows += story.attempts.map { ["attempt", "\(ExplainVerb.line($0.attempt, times)), \($0.url)"] }
        for alert in story.alerts {
            rows.append(["alert", "\(times.both(alert.alert.at)) \(alert.alert.event), \(alert.alert.id)"])
            rows += alert.deliveries.map { ["  \($0.sink)", delivery($0, times)] }
        }
        return rows
    }

    private static func delivery(_ record: DeliveryRecord, _ times: TimeText) -> String {
        let next = record.nextAt.map { ", next \(times.both($0))" } ?? ""
        let error = record.error.map { ": \($0)" } ?? ""
        return "\(record.state), \(record.attempts) \(record.attempts == 1 ? "attempt" : "attempts")\(next)\(error)"
    }
}
