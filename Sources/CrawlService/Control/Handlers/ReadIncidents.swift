import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `GET /v1/incidents`: all, or with `open=true` only those that go on, with `cause` only those of that cause; with
    /// `id` one with its story.
    @Sendable func readIncidents(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        if let name = query["id"] {
            guard ["open", "cause", "after", "limit"].allSatisfy({ query[$0] == nil }) else {
                throw ProblemAnswer(400, ProblemCode.invalidValue, "id goes with no other parameter")
            }
            return try json(try await control.incident(try IncidentName(name)))
        }
        return try await page(
            try await control.incidents(
                openOnly: try query.flag("open"), cause: query["cause"], after: query["after"],
                limit: try query.limit()), for: request)
    }
}
