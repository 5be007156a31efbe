import ArgumentParser
import ControlAPI

struct AlertsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Alerts and how far their deliveries are.",
        discussion: """
            ID are the last characters of the incident's number: crawlctl incident ID tells all of it. DELIVERY says of \
            each sink whether it has the alert (ok), when it is tried next, or that it was given up.
            Without --open and --all: all of them.

            EXAMPLES
              crawlctl alerts
              crawlctl alerts --open                            those that a sink lacks
              crawlctl --json alerts | jq 'select(.event == "broken-origin") | .url'
              crawlctl --json alerts | jq 'select(any(.deliveries[]; .state == "given-up"))'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var extent: Extent
    @OptionGroup var options: ListOptions

    func run(in session: Session) throws {
        let isOpen = extent.openOnly(standard: false)
        try session.list(
            Routes.alerts, query: extent.query(standard: false),
            .init(nothing: isOpen ? "open alerts" : "alerts", isWide: options.wide) {
                Self.table($0, session.times, showsTitles: $1)
            })
    }

    static func table(_ records: [AlertRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "ID", minWidth: IncidentText.short), .init(title: "AT", minWidth: 10),
                .init(title: "EVENT", minWidth: 13, goes: 2, hasStates: true),
                .init(title: "SCOPE", minWidth: 7, goes: 1), .init(title: "CAUSE"), .init(title: "DELIVERY"),
                .init(title: "WHERE", isURL: true),
            ],
            rows: records.map { record in
                [
                    IncidentText.short(record.alert.incident), times.relative(record.alert.at), record.alert.event,
                    record.alert.scope, record.alert.cause, deliveries(record.deliveries, times),
                    record.alert.url ?? record.alert.origin ?? record.alert.consumer ?? "-",
                ]
            },
            showsTitles: showsTitles)
    }

    /// `log ok, webhook in 17 s`; `-` where there is no sink.
    static func deliveries(_ records: [DeliveryRecord], _ times: TimeText) -> String {
        records.isEmpty ? "-" : records.map { "\($0.sink) \(state($0, times))" }.joined(separator: ", ")
    }

    private static func state(_ record: DeliveryRecord, _ times: TimeText) -> String {
        switch record.state {
        case "delivered": "ok"
        case "waiting": record.nextAt.map { times.relative($0) } ?? "waits"
        case "given-up": "given up"
        case "held-back": "held back"
        default: record.state
        }
    }
}
