import ArgumentParser
import ControlAPI

struct ResultsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "What was fetched, in the order in which it was stored.",
        discussion: """
            PAGE says whether the page is new, or another one than at its last success. SEQ is a result's place: --after \
            goes on behind it. The feed is kept for a while only (output.results): a place that is gone is refused, and \
            the refusal names where the feed begins.
            A consumer is a reader whose place the daemon keeps. --consumer begins there and does not move it; that does \
            crawlctl consumers NAME --ack SEQ, when its work is done. crawlctl consumers NAME --create makes one.

            EXAMPLES
              crawlctl results
              crawlctl results --follow --new                     as they come, from now on
              crawlctl results --outcome success,notModified --origin https://example.com
              crawlctl --json results --follow | jq -r 'select(.changed) | .url'
              crawlctl --json results --consumer indexer --limit 1000
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var options: ListOptions

    @Flag(help: "Go on as results come, until Ctrl-C.") var follow = false
    @Flag(help: "Only what comes from now on.") var new = false
    @Option(help: ArgumentHelp("Begin behind this one.", valueName: "seq")) var after: Int64?
    @Option(help: ArgumentHelp("Begin where this consumer is.", valueName: "name")) var consumer: String?
    @Option(help: ArgumentHelp("So many at most.", valueName: "n")) var limit: Int?
    @Option(help: ArgumentHelp("Only with these outcomes, commas between them.", valueName: "names"))
    var outcome: String?
    @Option(help: ArgumentHelp("Only of this origin.", valueName: "origin")) var origin: String?

    func validate() throws {
        guard [new, after != nil, consumer != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give one of --new, --after and --consumer.")
        }
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit \(limit ?? 0): 1 or more.") }
        guard after ?? 0 >= 0 else { throw ValidationError("--after \(after ?? 0): a result's seq.") }
    }

    func run(in session: Session) throws {
        var query: [(name: String, value: String)] = []
        if follow { query.append(("follow", "true")) }
        if let after = try new ? Self.head(session) : after { query.append(("after", "\(after)")) }
        if let consumer { query.append(("consumer", consumer)) }
        if let limit { query.append(("limit", "\(limit)")) }
        if let outcome { query.append(("outcome", outcome)) }
        if let origin { query.append(("origin", origin)) }
        let listing = ResultListing(session, isWide: options.wide)
        let request = APIRequest(.get, Routes.results, query: query)
        do throws(CtlFailure) {
            let answer = try session.connection.stream(request, isEndless: follow) { lines throws(CtlFailure) in
                try listing.show(lines)
            }
            guard (200..<300).contains(answer.status) else { throw CtlFailure(answer) }
            if follow, listing.count < limit ?? .max {
                throw CtlFailure(.tryAgain, "the daemon has ended the feed: it was told to stop")
            }
        } catch {
            var failure = error
            if let last = listing.last, failure.reason == .tryAgain {
                failure.message += "\n--after \(last) goes on behind what was shown"
            }
            throw failure
        }
        if listing.count == 0, !session.json { session.terminal.remark("no results") }
    }

    /// The last result that there is; nil = there is no feed, and whoever asks for it is told so.
    private static func head(_ session: Session) throws(CtlFailure) -> Int64? {
        let answer = try session.send(APIRequest(.get, Routes.status))
        return try session.decode(StatusReport.self, from: answer.body).results?.head
    }
}

/// Results as they come, a table for people.
final class ResultListing {
    private let session: Session
    private let isWide: Bool
    private var layout = Table.Layout()
    private(set) var count = 0
    /// The last that was shown; nil = none was, or they were not read.
    private(set) var last: Int64?

    init(_ session: Session, isWide: Bool) {
        self.session = session
        self.isWide = isWide
    }

    func show(_ lines: ArraySlice<UInt8>) throws(CtlFailure) {
        var records: [ResultRecord] = []
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            records.append(try session.decode(ResultRecord.self, from: line))
        }
        guard let newest = records.last else { return }
        if session.json {
            session.terminal.raw(Array(lines))
        } else {
            let table = Self.table(records, session.times, showsTitles: count == 0)
            let width = isWide ? nil : session.terminal.width
            for line in table.lines(width: width, hasColours: session.terminal.hasColours, layout: &layout) {
                session.terminal.line(line)
            }
        }
        count += records.count
        last = newest.seq
    }

    static func table(_ records: [ResultRecord], _ times: TimeText, showsTitles: Bool) -> Table {
        Table(
            columns: [
                .init(title: "SEQ", alignsRight: true, minWidth: 16, goes: 1),
                .init(title: "AT", minWidth: 24, goes: 2), .init(title: "OUTCOME", minWidth: 11),
                .init(title: "STATUS", alignsRight: true), .init(title: "PAGE", minWidth: 7),
                .init(title: "SIZE", alignsRight: true, minWidth: 9, goes: 3), .init(title: "URL", isURL: true),
            ],
            rows: records.map { record in
                [
                    "\(record.seq)", record.at, record.outcome, record.status.map { "\($0)" } ?? "-",
                    record.changed.map { $0 ? "changed" : "same" } ?? "-", NumberText.bytes(record.bytes), record.url,
                ]
            },
            showsTitles: showsTitles)
    }
}
