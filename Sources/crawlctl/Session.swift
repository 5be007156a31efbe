import ControlAPI
import Glibc

/// What a verb works with.
struct Session {
    var connection: any APIConnection

    /// Print what the API answered instead of a table.
    var json: Bool
    var terminal: Terminal

    /// ms since 1970.
    var now: Int64

    var times: TimeText { TimeText(now: now) }

    /// The answer if it was a success, else its problem as a failure.
    func send(_ request: APIRequest) throws(CtlFailure) -> APIAnswer {
        let answer = try connection.request(request)
        guard (200..<300).contains(answer.status) else { throw CtlFailure(answer) }
        return answer
    }

    /// Sends, and prints the answer as it came (`--json`) or hands it to `show`.
    func send<Message: Decodable>(
        _ request: APIRequest, as message: Message.Type, _ show: (Message) -> Void
    ) throws(CtlFailure) {
        let answer = try send(request)
        if json {
            terminal.raw(answer.body)
        } else {
            show(try decode(message, from: answer.body))
        }
    }

    /// Follows a list to its end, one page in memory at a time. `show` gets a page's records and whether it is the first.
    func pages<Record: Decodable>(
        _ path: String, query: [(name: String, value: String)], of record: Record.Type,
        _ show: (_ records: [Record], _ isFirst: Bool) -> Void
    ) throws(CtlFailure) {
        var cursor: String?
        var isFirst = true
        repeat {
            var query = query + [(name: "limit", value: "\(Routes.maxLimit)")]
            if let cursor { query.append((name: "after", value: cursor)) }
            let answer = try send(APIRequest(.get, path, query: query))
            if json {
                terminal.raw(answer.body)
            } else {
                show(try records(record, from: answer.body), isFirst)
            }
            guard answer.nextCursor != cursor || cursor == nil else {
                throw CtlFailure(.bug, "the daemon's list does not advance beyond \(cursor ?? "")")
            }
            cursor = answer.nextCursor
            isFirst = false
        } while cursor != nil
    }

    /// NDJSON, one record a line.
    private func records<Record: Decodable>(_ record: Record.Type, from body: [UInt8]) throws(CtlFailure) -> [Record] {
        var records: [Record] = []
        for line in body.split(separator: UInt8(ascii: "\n")) { records.append(try decode(record, from: line)) }
        return records
    }

    func decode<Message: Decodable>(
        _ message: Message.Type, from bytes: some Sequence<UInt8>
    ) throws(CtlFailure) -> Message {
        do {
            return try ControlJSON.decode(message, from: bytes)
        } catch {
            throw CtlFailure(.bug, "the daemon's answer cannot be read: \(error)\nsame version? see crawlctl --version")
        }
    }
}
