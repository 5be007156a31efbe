import ArgumentParser
import ControlAPI

struct SitemapsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sitemaps", abstract: "Sitemaps that were asked for, and how far each is.",
        discussion: """
            FILES are sitemaps read out of all found so far: an index names others. CUT BY says why the first of them was \
            not read to its end, as in "loop": an index that leads back to itself. Below the table stands what each is \
            waiting for, and what its rejected lines are.
            Without --open and --all: all of them.

            EXAMPLES
              crawlctl sitemaps
              crawlctl sitemaps --open
              crawlctl --json sitemaps | jq -r 'select(.reason) | [.reason, .reason_url] | @tsv'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var extent: Extent
    @OptionGroup var options: ListOptions

    func run(in session: Session) throws {
        let isOpen = extent.openOnly(standard: false)
        try session.list(
            Routes.sitemaps, query: extent.query(standard: false),
            .init(
                nothing: isOpen ? "open sitemaps" : "sitemaps", isWide: options.wide,
                table: { Self.table($0, session.times, showsTitles: $1) },
                notes: { $0.flatMap { Self.notes($0, session.times) } }))
    }

    /// What it waits for, and what it lost.
    static func notes(_ record: SitemapRecord, _ times: TimeText) -> [String] {
        var notes: [String] = []
        if let because = record.waitsBecause {
            let next = record.nextAttemptAt.map { "; next \(times.relative($0))" } ?? ""
            let document = record.waitsFor.flatMap { $0 == record.url ? nil : " \($0)" } ?? ""
            notes.append("\(record.url): waits\(document.isEmpty ? "" : " for\(document)"): \(because)\(next)")
        }
        if record.rejected > 0, !record.rejections.isEmpty {
            let parts = record.rejections.map { rejection in
                "\(NumberText.count(rejection.entries)) \(rejection.reason)"
                    + (rejection.sample.map { " (\($0))" } ?? "")
            }
            notes.append("\(record.url): rejected: \(parts.joined(separator: ", "))")
        }
        if record.foreign > 0 {
            notes.append("\(record.url): \(NumberText.count(record.foreign)) of other sites, not enqueued")
        }
        return notes
    }

    static func table(_ records: [SitemapRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "ASKED", minWidth: 10), .init(title: "STATE", minWidth: 7, hasStates: true),
                .init(title: "FILES", alignsRight: true, minWidth: 5),
                .init(title: "LINES", alignsRight: true, minWidth: 7),
                .init(title: "NEW", alignsRight: true, minWidth: 7),
                .init(title: "KNOWN", alignsRight: true, minWidth: 7),
                .init(title: "REJECTED", alignsRight: true), .init(title: "CUT BY", minWidth: 10),
                .init(title: "SITEMAP", isURL: true),
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
