import Hummingbird

extension ControlVerbs {
    /// `GET /v1/alerts`
    @Sendable func listAlerts(_ request: ControlRequest) async throws -> Response {
        try await page(
            try await control.alerts(after: request.query["after"], limit: try request.query.limit()), for: request)
    }
}
