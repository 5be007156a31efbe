import ControlAPI

/// A refusal that a client can act on; the server turns it into a `Problem`.
package struct ControlError: Error, Hashable, Sendable {
    /// HTTP status.
    package var status: Int
    /// Stable, part of the interface; see `ProblemCode`.
    package var code: String
    package var detail: String
    /// What to do about it; nil = nothing to say.
    package var hint: String?
    /// Of an ambiguous name; nil = it is none.
    package var candidates: [String]?
    /// Where the result feed begins; nil = it is none of this.
    package var after: Int64?
    /// Sent as `Retry-After`, rounded up to seconds; nil = waiting does not help.
    package var retryAfter: Duration?

    package init(status: Int, code: String, detail: String, hint: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.retryAfter = retryAfter
    }

    package static func notFound(_ detail: String) -> ControlError {
        ControlError(status: 404, code: ProblemCode.notFound, detail: detail)
    }

    /// The disk or the database is full.
    package static func storageFull(_ detail: String, retryAfter: Duration = .seconds(60)) -> ControlError {
        ControlError(status: 507, code: ProblemCode.storageFull, detail: detail, retryAfter: retryAfter)
    }

    /// `application/json` bodies take as much memory as they may.
    package static func busy() -> ControlError {
        ControlError(
            status: 503, code: ProblemCode.busy, detail: "other application/json bodies take all the room there is",
            hint: "application/x-ndjson needs none", retryAfter: .seconds(1))
    }

    /// Answers that their clients do not take have as much memory as they may.
    package static func unread() -> ControlError {
        ControlError(
            status: 503, code: ProblemCode.busy, detail: "answers that nobody takes have all the room there is",
            retryAfter: .seconds(1))
    }

    /// As many follow as may.
    package static func tooManyFollow(_ limit: Int) -> ControlError {
        ControlError(
            status: 503, code: ProblemCode.busy, detail: "\(limit) clients follow, as many as may",
            hint: "without follow=true the answer ends, and needs no place", retryAfter: .seconds(5))
    }

    package static func shuttingDown() -> ControlError {
        ControlError(
            status: 503, code: ProblemCode.shuttingDown, detail: "the daemon is stopping", retryAfter: .seconds(5))
    }

    /// The origin's breaker is open and the request needs it closed.
    package static func originBroken(_ detail: String) -> ControlError {
        ControlError(status: 409, code: ProblemCode.originBroken, detail: detail)
    }
}
