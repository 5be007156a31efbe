import ControlAPI
import Hummingbird

extension ControlVerbs {
    /// `PUT /v1/results/consumers/NAME`: makes it, if there is none.
    @Sendable func addConsumer(_ request: ControlRequest) async throws -> Response {
        let name = try consumerName(request.name)
        let after = try request.query.number("after", 0...Int64.max)
        return try json(try await control.addConsumer(name, after: after == 0 ? nil : after))
    }

    /// `DELETE /v1/results/consumers/NAME`
    @Sendable func removeConsumer(_ request: ControlRequest) async throws -> Response {
        guard try await control.removeConsumer(try consumerName(request.name)) else {
            throw ProblemAnswer(404, ProblemCode.notFound, "no consumer has that name")
        }
        return try json(AffectedAnswer(affected: 1))
    }

    /// `POST /v1/results/ack`: the consumer is done with all up to `seq`.
    @Sendable func acknowledge(_ request: ControlRequest) async throws -> Response {
        guard let name = request.query["consumer"], let seq = try request.query.number("seq", 0...Int64.max) else {
            throw ProblemAnswer(400, ProblemCode.missingFilter, "give consumer and seq")
        }
        return try json(try await control.acknowledge(seq, by: try consumerName(name)))
    }

    func consumerName(_ text: String) throws(ProblemAnswer) -> String {
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isName, (1...64).contains(text.utf8.count) else {
            throw ProblemAnswer(
                400, ProblemCode.invalidValue,
                "a consumer's name has 1 to 64 letters, digits, dots, hyphens and underscores")
        }
        return text
    }
}
