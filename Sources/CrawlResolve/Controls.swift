internal import CrawlCore

/// Control questions: a name that nobody has asked for, below a public suffix, so that no cache has an answer to it. One
/// serves all who want to know at the same time.
struct Controls: Sendable {
    enum Step: Sendable, Equatable {
        /// Ask this name for its SOA, and call `ended`.
        case ask(String)
        /// It is being asked; who waits is told then.
        case wait
        /// Just now there was no answer.
        case silent
    }

    /// For so long a control without an answer stands for others.
    static let fresh = Duration.seconds(5)
    static let label = 20

    private var waiting: [String: [UInt64]] = [:]
    private var silentAt: [String: Instant] = [:]

    /// `random`: for a label that nobody else can know.
    mutating func ask(_ suffix: String, for waiter: UInt64, random: () -> UInt64, _ now: Instant) -> Step {
        if waiting[suffix] != nil {
            waiting[suffix]?.append(waiter)
            return .wait
        }
        if let at = silentAt[suffix], now - at < Self.fresh { return .silent }
        guard NameForm.of("x." + suffix) == .name, suffix.utf8.count + Self.label < NameForm.longestName else {
            return .silent
        }
        waiting[suffix] = [waiter]
        return .ask("\(Self.text(random())).\(suffix)")
    }

    /// Returns those who wait for it.
    mutating func ended(_ suffix: String, isAnswered: Bool, _ now: Instant) -> [UInt64] {
        silentAt = silentAt.filter { now - $0.value < Self.fresh }
        silentAt[suffix] = isAnswered ? nil : now
        return waiting.removeValue(forKey: suffix) ?? []
    }

    private static func text(_ number: UInt64) -> String {
        let text = String(number, radix: 36)
        return "c" + String(repeating: "0", count: 13 - text.utf8.count) + text
    }
}
