import ArgumentParser
import ControlAPI

struct AlertsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Alerts and how far their deliveries are.",
        discussion: """
            EXAMPLES
              crawlctl alerts
              crawlctl --json alerts | jq 'select(.event == "broken-origin") | .url'
              crawlctl --json alerts | jq 'select(any(.deliveries[]; .state == "given-up"))'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb

    func run(in session: Session) throws {
        var isEmpty = true
        try session.pages(Routes.alerts, query: [], of: AlertRecord.self) { records, isFirst in
            isEmpty = isEmpty && records.isEmpty
            guard !records.isEmpty else { return }
            let table = Self.table(records, session.times, showsTitles: isFirst)
            for line in table.lines(width: session.terminal.width) { session.terminal.line(line) }
        }
        if isEmpty, !session.json { session.terminal.remark("no alerts") }
    }

    static func table(_ records: [AlertRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "AT", minWidth: 10), .init(title: "EVENT", minWidth: 13),
                .init(title: "SCOPE", minWidth: 7),
                .init(title: "CAUSE"), .init(title: "DELIVERY"), .init(title: "WHERE", shrinks: true),
            ],
            rows: records.map { record in
                [
                    times.relative(record.alert.at), record.alert.event, record.alert.scope, record.alert.cause,
                    record.deliveries.map { delivery($0, times) }.joined(separator: ", "),
                    record.alert.url ?? record.alert.origin ?? "-",
                ]
            },
            showsTitles: showsTitles)
    }

    /// `exec waiting (next in 4 min)`, `webhook given-up (status 503)`.
    private static func delivery(_ record: DeliveryRecord, _ times: TimeText) -> String {
        let note =
            record.nextAt.map { "next \(times.relative($0))" } ?? (record.state == "given-up" ? record.error : nil)
        return "\(record.sink) \(record.state)" + (note.map { " (\($0))" } ?? "")
    }
}
