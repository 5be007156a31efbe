import ArgumentParser
import ControlAPI

struct SitemapsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sitemaps", abstract: "Sitemaps that were asked for, and how far each is.",
        discussion: """
            FILES are sitemaps read out of all found so far: an index names others. CUT BY says why the first of them was \
            not read to its end, as in "loop": an index that leads back to itself.

            EXAMPLES
              crawlctl sitemaps
              crawlctl sitemaps --open
              crawlctl --json sitemaps | jq -r 'select(.reason) | [.reason, .reason_url] | @tsv'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Flag(help: "Only those that are not read to their ends.") var open = false

    func run(in session: Session) throws {
        let query = open ? [(name: "open", value: "true")] : []
        var isEmpty = true
        try session.pages(Routes.sitemaps, query: query, of: SitemapRecord.self) { records, isFirst in
            isEmpty = isEmpty && records.isEmpty
            guard !records.isEmpty else { return }
            let table = Self.table(records, session.times, showsTitles: isFirst)
            for line in table.lines(width: session.terminal.width) { session.terminal.line(line) }
        }
        if isEmpty, !session.json { session.terminal.remark(open ? "no open sitemaps" : "no sitemaps") }
    }

    static func table(_ records: [SitemapRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "ASKED", minWidth: 10), .init(title: "STATE", minWidth: 7),
                .init(title: "FILES", alignsRight: true, minWidth: 5),
                .init(title: "LINES", alignsRight: true, minWidth: 7),
                .init(title: "NEW", alignsRight: true, minWidth: 7),
                .init(title: "KNOWN", alignsRight: true, minWidth: 7),
                .init(title: "REJECTED", alignsRight: true), .init(title: "CUT BY", minWidth: 10),
                .init(title: "SITEMAP", shrinks: true),
            ],
            rows: records.map { record in
                [
                    times.relative(record.askedAt), record.state,
                    "\(NumberText.count(record.documentsDone))/\(NumberText.count(record.documents))",
                    NumberText.count(record.entries), NumberText.count(record.new), NumberText.count(record.known),
                    NumberText.count(record.rejected + record.foreign), record.reason ?? "-", record.url,
                ]
            },
            showsTitles: showsTitles)
    }
}
