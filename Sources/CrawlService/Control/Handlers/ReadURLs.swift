import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `GET /v1/urls`: one record, or a page of them.
    @Sendable func readURLs(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        if let text = query["url"] {
            guard ["state", "origin", "after", "limit"].allSatisfy({ query[$0] == nil }) else {
                throw ProblemAnswer(400, ProblemCode.invalidValue, "url goes with no other parameter")
            }
            guard let record = try await control.record(try url(text)) else {
                throw ProblemAnswer(404, ProblemCode.notFound, "this URL is not known")
            }
            return try json(record)
        }
        let wanted: String? = if let text = query["origin"] { try origin(text) } else { nil }
        return try await page(
            try await control.list(
                state: try query.state(), origin: wanted, after: query["after"], limit: try query.limit()), for: request
        )
    }
}
