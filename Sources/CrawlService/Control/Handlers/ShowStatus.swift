import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `GET /v1/status`
    @Sendable func showStatus(_ request: ControlRequest) async throws -> Response {
        try json(try await control.status())
    }

    /// `GET /healthz`
    @Sendable func showHealth(_ request: ControlRequest) async throws -> Response {
        let health = await control.health()
        return try json(health, status: health.healthy ? .ok : .serviceUnavailable)
    }
}
