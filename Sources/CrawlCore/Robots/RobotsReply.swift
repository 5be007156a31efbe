/// An answer for a robots.txt and the origins that it is for: redirects may have led many to one place.
package struct RobotsReply: Sendable {
    package var result: FetchResult
    /// As judged by its body too: what is no text, or lacks its end, is `truncated`.
    package var classification: Classification
    /// Why it is not the file, or not all of it; nil = it is, or no answer came, or one of another kind.
    package private(set) var fault: RobotsFault?
    /// Those that wait for it; the one whose request it was comes first.
    package var origins: ArraySlice<Int64>
    /// The server asked to be left alone; nil = it did not, or another reply says so.
    var block: (origin: Int64, block: OriginBlock)?
    private(set) var blockedUntil: Instant?
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
        fault = RobotsFault(ofAnswer: result)
        guard fault == nil, (200..<300).contains(result.status), let body = body(productToken) else { return }
        fault = body.fault
        if fault != nil { self.classification = Classification(.truncated) }
        guard let rules = body.rules else { return }
        text = body.text
        hasRules = true
        self.rules = rules
    }

    /// As it was read on its way here, unless it was by another name, or what we make of the answer is another thing; nil = there
    /// is none to go by.
    private func body(_ productToken: String) -> RobotsBody? {
        let isCut = classification.outcome == .truncated || result.flags.contains(.codingCut)
        guard isCut || classification.outcome == .success || classification.outcome == .tooLarge else { return nil }
        if let read = result.details?.robots, read.isCut == isCut, read.productToken == productToken { return read }
        return RobotsBody(result, isCut: isCut, productToken: productToken)
    }

    /// What came in place of the file, as far as its origin's hold goes.
    var failure: RobotsFailure { fault.map(RobotsFailure.fault) ?? .outcome(classification.outcome) }

    /// The server is left alone for no longer.
    mutating func bound(_ end: Instant) {
        guard let block = block?.block, block.until > end else { return }
        self.block?.block = block.moved(by: end - block.until)
        blockedUntil = end
    }

    /// Anew, when the name that groups are looked up by has changed.
    mutating func parse(productToken: String) {
        if hasRules { rules = RobotsRules(parsing: text, productToken: productToken) }
    }

    private var hasRules = false

    /// It points to another place.
    package var isRedirect: Bool {
        (300..<400).contains(result.status) && classification.outcome == .redirected
    }

    /// It says something about robots.txt, which a 5xx, no answer, a 429 and what is not the whole file do not.
    var isAnswer: Bool {
        (200..<500).contains(result.status) && result.flags.contains(.headersComplete)
            && classification.outcome != .throttled && classification.kind != .failing && fault == nil
    }
}
