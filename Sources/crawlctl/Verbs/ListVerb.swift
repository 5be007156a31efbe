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
              crawlctl list --wide                              URLs as they are
              crawlctl --json list --state done | jq -r .url
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var options: ListOptions

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
        try session.list(
            Routes.urls, query: query,
            .init(nothing: nothing, isWide: options.wide) { Self.table($0, session.times, showsTitles: $1) })
    }

    private var nothing: String {
        "URLs" + (state.map { " in state \($0)" } ?? "") + (origin.map { " of \(Terminal.clean($0))" } ?? "")
    }

    static func table(_ records: [URLRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "STATE", minWidth: 13, hasStates: true), .init(title: "DUE", minWidth: 9),
                .init(title: "LAST", minWidth: 10), .init(title: "OUTCOME", minWidth: 14),
                .init(title: "URL", isURL: true),
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
