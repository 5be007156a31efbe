import ArgumentParser
import ControlAPI

struct IncidentsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "What is broken, and since when.",
        discussion: """
            ID are the last characters of the incident's number: crawlctl incident ID tells all of it, crawlctl revive \
            --incident ID ends it. Without --open and --all: those that go on.

            EXAMPLES
              crawlctl incidents
              crawlctl incidents --all
              crawlctl --json incidents --all | jq -r 'select(.previous != null) | [.id, .previous, .relapses] | @tsv'
              crawlctl --json incidents | jq -r '[.cause, .url // .origin] | @tsv'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var extent: Extent
    @OptionGroup var options: ListOptions

    func run(in session: Session) throws {
        let isOpen = extent.openOnly(standard: true)
        try session.list(
            Routes.incidents, query: extent.query(standard: true),
            .init(nothing: isOpen ? "open incidents" : "incidents", isWide: options.wide) {
                Self.table($0, session.times, showsTitles: $1)
            })
    }

    /// Of an incident that is about no one site; nil = nothing stands for it.
    static func some(_ record: IncidentRecord) -> String? {
        guard let first = record.sample.first else { return nil }
        return record.urlsAffected > 1 ? "\(first) and \(NumberText.count(record.urlsAffected - 1)) more" : first
    }

    /// What few incidents have gets a column only when one of them has it.
    static func table(_ records: [IncidentRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        let hasRelapses = records.contains { $0.relapses > 0 }
        let hasPrevious = records.contains { $0.previous != nil }
        var columns: [Table.Column] = [
            .init(title: "ID", minWidth: IncidentText.short), .init(title: "SINCE", minWidth: 10),
            .init(title: "EVENT", minWidth: 13, goes: 2), .init(title: "SCOPE", minWidth: 7, goes: 1),
            .init(title: "CAUSE"), .init(title: "STATE", minWidth: 9, hasStates: true),
            .init(title: "URLS", alignsRight: true),
        ]
        if hasRelapses { columns.append(.init(title: "RELAPSES", alignsRight: true, goes: 4)) }
        if hasPrevious { columns.append(.init(title: "PREVIOUS", goes: 3)) }
        columns.append(.init(title: "WHERE", isURL: true))
        return Table(
            columns: columns,
            rows: records.map { record in
                var row = [
                    IncidentText.short(record.id), times.relative(record.firstAt), record.event, record.scope,
                    record.cause,
                    record.open ? "open" : record.how ?? "closed", NumberText.count(record.urlsAffected),
                ]
                if hasRelapses { row.append(NumberText.count(record.relapses)) }
                if hasPrevious { row.append(record.previous.map(IncidentText.short) ?? "-") }
                return row + [record.url ?? record.origin ?? record.consumer ?? some(record) ?? "-"]
            },
            showsTitles: showsTitles)
    }
}
