/// Colours of states, on a terminal that wants some.
enum StateColour: Int {
    case red = 31
    case green = 32
    case yellow = 33

    /// By the first word of `text`; nil = it stays as it is.
    init?(of text: String) {
        switch text.prefix(while: { $0 != " " && $0 != "," && $0 != ":" }) {
        case "broken-origin", "soft-blocked", "broken", "open", "given-up", "failed", "edge-incident", "offline",
            "results-lag", "storage":
            self = .red
        case "held", "suspect", "pending", "refused", "waiting", "reading", "cut", "paused", "reminder": self = .yellow
        case "done", "healthy", "recovered", "revived", "delivered", "resolved", "running", "read": self = .green
        default: return nil
        }
    }

    func painted(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
