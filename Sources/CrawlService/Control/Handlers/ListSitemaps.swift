import Hummingbird

extension ControlVerbs {
    /// `GET /v1/sitemaps`: all, or with `open=true` only those that are not read to their ends.
    @Sendable func listSitemaps(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        return try await page(
            try await control.sitemaps(
                openOnly: try query.flag("open"), after: query["after"], limit: try query.limit()), for: request)
    }
}
