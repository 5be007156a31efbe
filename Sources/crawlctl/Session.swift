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

    /// The user wants to end it.
    var isInterrupted: () -> Bool = { false }

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
