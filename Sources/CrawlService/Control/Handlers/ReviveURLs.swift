import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `POST /v1/urls/revive`
    @Sendable func reviveURLs(_ request: ControlRequest) async throws -> Response {
        try json(AffectedAnswer(affected: try await control.revive(try target(request.query))))
    }
}
