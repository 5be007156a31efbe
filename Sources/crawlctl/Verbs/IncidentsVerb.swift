import ArgumentParser
import ControlAPI

struct IncidentsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "What is broken, and since when.",
        discussion: """
            EXAMPLES
              crawlctl incidents
              crawlctl incidents --all
              crawlctl --json incidents | jq -r '[.cause, .url // .origin] | @tsv'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Flag(help: "Closed ones too.") var all = false

    func run(in session: Session) throws {
        let query = all ? [] : [(name: "open", value: "true")]
        var isEmpty = true
        try session.pages(Routes.incidents, query: query, of: IncidentRecord.self) { records, isFirst in
            isEmpty = isEmpty && records.isEmpty
            guard !records.isEmpty else { return }
            let table = Self.table(records, session.times, showsTitles: isFirst)
            for line in table.lines(width: session.terminal.width) { session.terminal.line(line) }
        }
        if isEmpty, !session.json { session.terminal.remark(all ? "no incidents" : "no open incidents") }
    }

    static func table(_ records: [IncidentRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "SINCE", minWidth: 10), .init(title: "EVENT", minWidth: 13), .init(title: "CAUSE"),
                .init(title: "STATE", minWidth: 9), .init(title: "URLS", alignsRight: true),
                .init(title: "WHERE", shrinks: true),
            ],
            rows: records.map { record in
                [
                    times.relative(record.firstAt), record.event, record.cause,
                    record.open ? "open" : record.how ?? "closed", NumberText.count(record.urlsAffected),
                    record.url ?? record.origin ?? "-",
                ]
            },
            showsTitles: showsTitles)
    }
}
