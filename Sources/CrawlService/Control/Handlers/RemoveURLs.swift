import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `DELETE /v1/urls`
    @Sendable func removeURLs(_ request: ControlRequest) async throws -> Response {
        try json(AffectedAnswer(affected: try await control.remove(try target(request.query))))
    }
}
