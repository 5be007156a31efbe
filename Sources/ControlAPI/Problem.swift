/// An error as the control socket answers it (RFC 9457, `application/problem+json`). Scripts decide by `code`, which
/// never changes; `title` and `detail` are for people.
package struct Problem: Codable, Sendable, Hashable, Error {
    /// Always `about:blank`: `code` says what others put into a link.
    package var type = "about:blank"
    package var title: String
    /// The HTTP status of the answer.
    package var status: Int
    package var code: String
    package var detail: String
    /// What to do about it; absent if there is nothing to say.
    package var hint: String?
    /// Lines of this body that were committed as new before it failed; absent unless an enqueue failed half-way.
    package var new: Int?
    /// As `new`, for lines that were known already.
    package var known: Int?
    /// As `new`, for lines that were refused.
    package var rejected: Int?

    /// Numbers of incidents that the one that was asked for may be; absent unless it is ambiguous.
    package var candidates: [String]?

    /// Where the result feed begins: the value for its `after`; absent unless results after what was asked for are gone.
    package var after: Int64?

    package init(status: Int, title: String, code: String, detail: String, hint: String? = nil) {
        self.status = status
        self.title = title
        self.code = code
        self.detail = detail
        self.hint = hint
    }
}

/// The codes of `Problem` and `LineProblem`.
package enum ProblemCode {
    package static let invalidURL = "invalid-url"
    package static let unsupportedScheme = "unsupported-scheme"
    package static let userinfo = "userinfo"
    package static let tooLong = "too-long"
    package static let badJSON = "bad-json"
    package static let wrongType = "wrong-type"
    package static let unknownField = "unknown-field"
    package static let missingField = "missing-field"
    package static let invalidValue = "invalid-value"
    package static let notFound = "not-found"
    package static let methodNotAllowed = "method-not-allowed"
    package static let missingFilter = "missing-filter"
    package static let originBroken = "origin-broken"
    package static let forbidden = "forbidden"
    package static let tooLarge = "too-large"
    package static let headTooLarge = "head-too-large"
    package static let badRequest = "bad-request"
    package static let timeout = "timeout"
    package static let unsupportedMediaType = "unsupported-media-type"
    package static let tooManyConnections = "too-many-connections"
    package static let frontierFull = "frontier-full"
    package static let storageFull = "storage-full"
    package static let storageFailed = "storage-failed"
    package static let databaseReplaced = "database-replaced"
    package static let busy = "busy"
    package static let shuttingDown = "shutting-down"
    package static let resultsGone = "results-gone"
    package static let resultsOff = "results-off"
    package static let unknownCursor = "unknown-cursor"
    package static let tooManyConsumers = "too-many-consumers"
    package static let notArchived = "not-archived"
    package static let ambiguous = "ambiguous"
    package static let internalError = "internal"
}
