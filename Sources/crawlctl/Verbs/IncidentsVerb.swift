import ArgumentParser
import ControlAPI

struct IncidentsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "What is broken, and since when.",
        discussion: """
            EXAMPLES
              crawlctl incidents
              crawlctl incidents --all
              crawlctl --json incidents --all | jq -r 'select(.previous != null) | [.id, .previous, .relapses] | @tsv'
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

    /// Of an incident that is about no one site; nil = nothing stands for it.
    private static func some(_ record: IncidentRecord) -> String? {
        guard let first = record.sample.first else { return nil }
        return record.urlsAffected > 1 ? "\(first) and \(NumberText.count(record.urlsAffected - 1)) more" : first
    }

    /// What few incidents have gets a column only when one of them has it.
    static func table(_ records: [IncidentRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        let hasRelapses = records.contains { $0.relapses > 0 }
        let hasPrevious = records.contains { $0.previous != nil }
        var columns: [Table.Column] = [
            .init(title: "SINCE", minWidth: 10), .init(title: "EVENT", minWidth: 13),
            .init(title: "SCOPE", minWidth: 7), .init(title: "CAUSE"), .init(title: "STATE", minWidth: 9),
            .init(title: "URLS", alignsRight: true),
        ]
        if hasRelapses { columns.append(.init(title: "RELAPSES", alignsRight: true)) }
        if hasPrevious { columns.append(.init(title: "PREVIOUS")) }
        columns.append(.init(title: "WHERE", shrinks: true))
        return Table(
            columns: columns,
            rows: records.map { record in
                var row = [
                    times.relative(record.firstAt), record.event, record.scope, record.cause,
                    record.open ? "open" : record.how ?? "closed", NumberText.count(record.urlsAffected),
                ]
                if hasRelapses { row.append(NumberText.count(record.relapses)) }
                if hasPrevious { row.append(record.previous ?? "-") }
                return row + [record.url ?? record.origin ?? some(record) ?? "-"]
            },
            showsTitles: showsTitles)
    }
}
