import Hummingbird

extension ControlVerbs {
    /// `GET /v1/alerts`: all, or with `open=true` only those with a delivery that waits.
    @Sendable func listAlerts(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        return try await page(
            try await control.alerts(
                openOnly: try query.flag("open"), after: query["after"], limit: try query.limit()), for: request)
    }
}
