import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `GET /v1/origins?origin=…`: politeness, robots.txt and holds of one origin.
    @Sendable func showOrigin(_ request: ControlRequest) async throws -> Response {
        guard let text = request.query["origin"] else {
            throw ProblemAnswer(400, ProblemCode.missingFilter, "give origin, such as ?origin=https://example.com")
        }
        guard let record = try await control.origin(try origin(text)) else {
            throw ProblemAnswer(404, ProblemCode.notFound, "this origin is not known")
        }
        return try json(record)
    }
}
