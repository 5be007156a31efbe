import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `GET /v1/explain`: why a URL is not being fetched.
    @Sendable func explain(_ request: ControlRequest) async throws -> Response {
        guard let text = request.query["url"] else {
            throw ProblemAnswer(400, ProblemCode.missingFilter, "give the url to explain")
        }
        guard let explanation = try await control.explain(try url(text)) else {
            throw ProblemAnswer(
                404, ProblemCode.notFound, "this URL is not known",
                hint: "nobody enqueued it, or it was removed: crawlctl enqueue hands it over")
        }
        return try json(explanation)
    }
}
