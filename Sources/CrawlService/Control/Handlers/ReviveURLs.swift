import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `POST /v1/urls/revive`: a URL, an origin, what an incident is about, or all of a cause.
    @Sendable func reviveURLs(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        let names = ["url", "origin", "incident", "cause"]
        guard names.count(where: { query[$0] != nil }) == 1 else {
            throw ProblemAnswer(
                400, ProblemCode.missingFilter, "give exactly one of \(names.joined(separator: ", "))")
        }
        if let name = query["incident"] { return try json(try await control.revive(try IncidentName(name))) }
        if let cause = query["cause"] { return try json(try await control.revive(cause: cause)) }
        return try json(try await control.revive(try target(query)))
    }
}
