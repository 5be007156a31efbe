/// An answer for a robots.txt and the origins that it is for: redirects may have led many to one place.
package struct RobotsReply: Sendable {
    package var result: FetchResult
    package var classification: Classification
    /// Those that wait for it; the one whose request it was comes first.
    package var origins: ArraySlice<Int64>
    /// The server asked to be left alone; nil = it did not, or another reply says so.
    var block: (origin: Int64, block: OriginBlock)?
    let blockedUntil: Instant?
    /// What the answer has to know of the guards.
    var cover = GuardCover()
    /// The body; empty unless there are rules.
    private(set) var text: [UInt8] = []
    /// Parsed once for all; nil = the answer has none.
    private(set) var rules: RobotsRules?

    init(
        _ result: FetchResult, _ classification: Classification, for origins: [Int64],
        block: (origin: Int64, block: OriginBlock)?, productToken: String
    ) {
        self.result = result
        self.classification = classification
        self.origins = origins[...]
        self.block = block
        blockedUntil = block?.block.until
        guard hasRules else { return }
        text = Self.wholeLines(result)
        parse(productToken: productToken)
    }

    /// Anew, when the name that groups are looked up by has changed.
    mutating func parse(productToken: String) {
        if hasRules { rules = RobotsRules(parsing: text, productToken: productToken) }
    }

    private var hasRules: Bool {
        (classification.outcome == .success || classification.outcome == .tooLarge)
            && (200..<300).contains(result.status)
    }

    /// It points to another place.
    package var isRedirect: Bool {
        (300..<400).contains(result.status) && classification.outcome == .redirected
    }

    /// It says something about robots.txt, which a 5xx, no answer and a 429 do not.
    var isAnswer: Bool {
        (200..<500).contains(result.status) && result.flags.contains(.headersComplete)
            && classification.outcome != .throttled
    }

    /// The body of a robots.txt. One that our limit cut ends with its last whole line: half a line says something else.
    private static func wholeLines(_ result: FetchResult) -> [UInt8] {
        let body = result.details?.body ?? []
        guard result.flags.contains(.bodyOverLimit) else { return body }
        let end = body.lastIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? 0
        return Array(body.prefix(end))
    }
}
