import Testing

/// A robots.txt and what it says to `crawld` of some paths.
struct RobotsCase: Sendable, CustomTestStringConvertible {
    var name: String
    var file: String
    var allowed: [String]
    var refused: [String]

    var testDescription: String { name }

    init(_ name: String, _ file: String, allowed: [String] = [], refused: [String] = []) {
        self.name = name
        self.file = file
        self.allowed = allowed
        self.refused = refused
    }

    /// `rules`, spoken to everybody.
    static func rules(_ name: String, _ rules: String, allowed: [String] = [], refused: [String] = []) -> RobotsCase {
        RobotsCase(name, "User-agent: *\n" + rules, allowed: allowed, refused: refused)
    }
}
