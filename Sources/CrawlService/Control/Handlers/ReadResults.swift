import ControlAPI
import CrawlCore
import CrawlFrontier
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

extension ControlVerbs {
    /// `GET /v1/results`: the feed from a place on, to where it ends now or, with `follow=true`, without an end.
    @Sendable func readResults(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        var wish = ResultStream.Wish()
        wish.follows = try query.flag("follow")
        wish.limit = try query.number("limit", 1...Int64.max).map { Int(clamping: $0) } ?? .max
        wish.filter.outcomes = try outcomes(query["outcome"])
        wish.filter.origin = try query["origin"].map { text throws(ProblemAnswer) in try origin(text) }
        wish.after = try await place(query)
        let seat = wish.follows ? try seats.take(for: request.connection) : nil
        let stream = ResultStream(control, wish, room: answerRoom, pieceBytes: limits.answerPiece)
        let first = try await stream.next()
        let headers: HTTPFields = [.contentType: ContentType.ndjson]
        guard !stream.isAtEnd || first != nil else { return Response(status: .ok, headers: headers, body: .init()) }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [logger, control] writer in
                var next = first
                while true {
                    if let piece = next {
                        try await writer.write(piece)
                        // See `page`.
                        try await request.loop.submit {}.get()
                    } else {
                        guard let seat, !stream.isAtEnd else { break }
                        let cursor = stream.cursor ?? .min
                        let isOn = await seat.line.wait { await control.awaitResults(beyond: cursor) }
                        guard isOn else { break }
                    }
                    // One that is always behind never waits.
                    if seat?.line.isOver ?? false { break }
                    do {
                        next = try await stream.next()
                    } catch {
                        logger.warning(
                            "a reader of the result feed is cut off", metadata: ["error": "\(error)"])
                        throw error
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// After which result is read; nil = from where the feed begins.
    private func place(_ query: QueryParameters) async throws -> Int64? {
        let after = try query.number("after", 0...Int64.max)
        guard let name = query["consumer"] else { return after == 0 ? nil : after }
        guard after == nil else {
            throw ProblemAnswer(400, ProblemCode.invalidValue, "consumer says where to begin, and goes without after")
        }
        return try await control.consumer(try consumerName(name)).cursor
    }

    private func outcomes(_ text: String?) throws(ProblemAnswer) -> Set<Outcome> {
        guard let text else { return [] }
        var wanted: Set<Outcome> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let outcome = Outcome.allCases.first(where: { $0.name == name }) else {
                throw ProblemAnswer(
                    400, ProblemCode.invalidValue,
                    "outcome: \(name.prefix(64)): allowed are, with commas between, "
                        + Outcome.allCases.map(\.name).joined(separator: ", "))
            }
            wanted.insert(outcome)
        }
        return wanted
    }
}
