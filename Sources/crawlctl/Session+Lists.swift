import ControlAPI

extension Session {
    /// A list for people.
    struct Listing<Record> {
        /// What to say when there is nothing: `no …`.
        var nothing: String

        /// `--wide`: nothing is cut.
        var isWide: Bool
        var table: (_ records: [Record], _ showsTitles: Bool) -> Table

        /// Below the table of a page.
        var notes: ([Record]) -> [String] = { _ in [] }
    }

    /// Prints a list to its end, one page in memory at a time.
    func list<Record: Decodable>(
        _ path: String, query: [(name: String, value: String)], _ listing: Listing<Record>
    ) throws(CtlFailure) {
        var layout = Table.Layout()
        var isEmpty = true
        try pages(path, query: query, of: Record.self) { records in
            guard !records.isEmpty else { return }
            let table = listing.table(records, isEmpty)
            isEmpty = false
            let width = listing.isWide ? nil : terminal.width
            for line in table.lines(width: width, hasColours: terminal.hasColours, layout: &layout) {
                terminal.line(line)
            }
            for line in listing.notes(records) { terminal.line(Terminal.clean(line)) }
        }
        if isEmpty, !json { terminal.remark("no \(listing.nothing)") }
    }

    /// Two columns, of what there is one.
    func show(_ rows: [[String]]) {
        let width = rows.map { $0[0].count }.max() ?? 0
        for row in rows {
            let blanks = String(repeating: " ", count: width - row[0].count)
            let isState = ["state", "health"].contains(row[0]) && terminal.hasColours
            let text = Terminal.clean(row[1])
            terminal.line(row[0] + blanks + "  " + (isState ? StateColour(of: text)?.painted(text) ?? text : text))
        }
    }

    /// Follows a list to its end, one page in memory at a time; with `--json` it is printed as it comes.
    func pages<Record: Decodable>(
        _ path: String, query: [(name: String, value: String)], of record: Record.Type, isQuiet: Bool = false,
        _ show: (_ records: [Record]) -> Void
    ) throws(CtlFailure) {
        var cursor: String?
        repeat {
            var query = query + [(name: "limit", value: "\(Routes.maxLimit)")]
            if let cursor { query.append((name: "after", value: cursor)) }
            let answer = try send(APIRequest(.get, path, query: query))
            if json, !isQuiet {
                terminal.raw(answer.body)
            } else {
                show(try records(record, from: answer.body))
            }
            guard answer.nextCursor != cursor || cursor == nil else {
                throw CtlFailure(.bug, "the daemon's list does not advance beyond \(cursor ?? "")")
            }
            cursor = answer.nextCursor
        } while cursor != nil
    }

    /// NDJSON, one record a line.
    private func records<Record: Decodable>(_ record: Record.Type, from body: [UInt8]) throws(CtlFailure) -> [Record] {
        var records: [Record] = []
        for line in body.split(separator: UInt8(ascii: "\n")) { records.append(try decode(record, from: line)) }
        return records
    }
}
