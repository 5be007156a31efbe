/// The body of an answer for a robots.txt: the lines to go by, and what they say. Pure. Half a megabyte of rules takes
/// milliseconds, so it is read on the thread that fetched it, and not on the one that all origins wait for.
package struct RobotsBody: Sendable {
    /// Its end is missing, as whoever read it saw it.
    let isCut: Bool
    /// The name that groups were looked up by.
    let productToken: String
    /// What is wrong with it; nil = it is a text, and whole as far as it is used.
    let fault: RobotsFault?
    /// Empty where there are no rules.
    let text: [UInt8]
    /// nil = there is nothing to go by.
    let rules: RobotsRules?

    init(_ result: FetchResult, isCut: Bool, productToken: String) {
        self.isCut = isCut
        self.productToken = productToken
        let isOver = result.flags.contains(.bodyOverLimit)
        let body = result.details?.body ?? []
        let lines = isCut || isOver ? RobotsText.wholeLines(body) : body
        // All that came is looked at: the lines that are used may be few, or none.
        if !RobotsText.isText(body, isCut: isCut || isOver) {
            fault = .unreadable
        } else if isCut || isOver && lines.isEmpty {
            fault = .cut
        } else {
            fault = nil
        }
        let isOfUse = fault == nil || fault == .cut && RobotsText.hasRule(lines)
        text = isOfUse ? lines : []
        rules = isOfUse ? RobotsRules(parsing: lines, productToken: productToken) : nil
    }
}

extension FetchResult {
    /// Reads the body now, if it is that of a robots.txt: whoever judges the answer finds it read.
    package mutating func readRobots(productToken: String) {
        guard URLKey.isRobots(ticket), (200..<300).contains(status), details?.body != nil else { return }
        let isCut = curlCode != 0 && !flags.contains(.bodyOverLimit) || flags.contains(.codingCut)
        let body = RobotsBody(self, isCut: isCut, productToken: productToken)
        details?.robots = body
    }
}
