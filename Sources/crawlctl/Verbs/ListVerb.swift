import ArgumentParser
import ControlAPI

struct ListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "URLs, page after page.",
        discussion: """
            The states: \(URLState.allCases.map(\.rawValue).joined(separator: ", ")).

            EXAMPLES
              crawlctl list --state broken-origin
              crawlctl list --origin https://example.com
              crawlctl --json list --state done | jq -r .url
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb

    @Option(
        help: "Only URLs in this state.", completion: .list(URLState.allCases.map(\.rawValue)))
    var state: String?

    @Option(help: ArgumentHelp("Only URLs of this origin: scheme, host, port.", valueName: "origin"))
    var origin: String?

    func validate() throws {
        if let state, URLState(rawValue: state) == nil {
            throw ValidationError(
                "'\(state)' is no state; one of \(URLState.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run(in session: Session) throws {
        var query: [(name: String, value: String)] = []
        if let state { query.append((name: "state", value: state)) }
        if let origin { query.append((name: "origin", value: origin)) }
        try session.pages(Routes.urls, query: query, of: URLRecord.self) { records, isFirst in
            let table = Self.table(records, session.times, showsTitles: isFirst)
            for line in table.lines(width: session.terminal.width) { session.terminal.line(line) }
        }
    }

    static func table(_ records: [URLRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "STATE", minWidth: 13), .init(title: "DUE", minWidth: 9),
                .init(title: "LAST", minWidth: 10), .init(title: "OUTCOME", minWidth: 14),
                .init(title: "URL", shrinks: true),
            ],
            rows: records.map { record in
                [
                    record.state, times.relative(record.dueAt), times.relative(record.lastAttemptAt), outcome(record),
                    record.url,
                ]
            },
            showsTitles: showsTitles)
    }

    /// `success 200`; `-` before the first attempt.
    static func outcome(_ record: URLRecord) -> String {
        guard let outcome = record.lastOutcome else { return "-" }
        return record.lastStatus.map { "\(outcome) \($0)" } ?? outcome
    }
}
