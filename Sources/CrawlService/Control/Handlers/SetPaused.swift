import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `POST /v1/pause`
    @Sendable func pause(_ request: ControlRequest) async throws -> Response {
        try await setPaused(true)
    }

    /// `POST /v1/resume`
    @Sendable func resume(_ request: ControlRequest) async throws -> Response {
        try await setPaused(false)
    }

    private func setPaused(_ paused: Bool) async throws -> Response {
        try await control.setPaused(paused)
        return try json(PausedAnswer(paused: paused))
    }
}
