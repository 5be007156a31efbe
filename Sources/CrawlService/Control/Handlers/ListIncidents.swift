import Hummingbird

extension ControlVerbs {
    /// `GET /v1/incidents`: all, or with `open=true` only those that go on.
    @Sendable func listIncidents(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        return try await page(
            try await control.incidents(
                openOnly: try query.flag("open"), after: query["after"], limit: try query.limit()), for: request)
    }
}
