/// Which answers become records of the archive. A request that was given no HTTP answer has none to write, whatever the rule.
package enum StoreRule: String, Sendable, Hashable, CaseIterable {
    /// Pages: good answers with a body that came whole, and those that say that it is still the same.
    case success
    /// Every answer that came whole: errors and redirects too.
    case answers
    /// What was cut, or came in part, too.
    case all

    /// - Parameters:
    ///   - status: of the answer; 0 = none came.
    ///   - isWhole: the answer came to its end, and nothing of its body was cut off.
    package func stores(_ outcome: Outcome, status: Int32, isWhole: Bool) -> Bool {
        guard status > 0, outcome != .refusedByPolicy else { return false }
        return switch self {
        case .success: isWhole && (outcome == .success || outcome == .notModified)
        case .answers: isWhole
        case .all: true
        }
    }

    /// False: whatever comes of an answer with this status, it is not stored. Told by its head, before the body comes.
    package func mayStore(status: Int32) -> Bool {
        switch self {
        case .success: (200..<300).contains(status) || status == 304
        case .answers, .all: status >= 200
        }
    }
}
