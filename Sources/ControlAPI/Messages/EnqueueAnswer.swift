/// What `POST /v1/urls` did, sent after the last commit. `new` + `known` + `rejected` = lines.
package struct EnqueueAnswer: Codable, Sendable, Hashable {
    package var new: Int
    package var known: Int
    package var rejected: Int
    /// The first 100 only; `rejected` counts them all.
    package var problems: [LineProblem]

    package static let maxProblems = 100

    package init(new: Int = 0, known: Int = 0, rejected: Int = 0, problems: [LineProblem] = []) {
        self.new = new
        self.known = known
        self.rejected = rejected
        self.problems = problems
    }
}

/// Why one line was refused.
package struct LineProblem: Codable, Sendable, Hashable {
    /// From 1; blank lines take a number too. In an `application/json` array: the position of the element.
    package var line: Int
    /// What the line gave as its URL, cut to 256 bytes; null if it gave none.
    @OrNull package var url: String?
    package var code: String
    package var detail: String

    package init(line: Int, url: String?, code: String, detail: String) {
        self.line = line
        self.url = url
        self.code = code
        self.detail = detail
    }
}
