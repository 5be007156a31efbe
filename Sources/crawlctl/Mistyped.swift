import ArgumentParser
import ControlAPI

/// A verb that there is not.
enum Mistyped {
    /// What is said of the first word that should be a verb, also behind `help`; nil = it is one, or none was given.
    static func verb(in arguments: [String]) -> CtlFailure? {
        var words = self.words(arguments)
        if words.first == "help" { words.removeFirst() }
        guard let word = words.first, !known.contains(word) else { return nil }
        let near = NearMiss.of(word, in: known) ?? (word.count > 2 ? known.first { $0.hasPrefix(word) } : nil)
        let meant = near.map { "did you mean \($0)?" } ?? "there are \(known.joined(separator: ", "))"
        return CtlFailure(.usage, "there is no verb '\(word)': \(meant)\ncrawlctl --help says what each does")
    }

    private static let known = Crawlctl.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]

    /// Up to the first that is no option before the verb: those behind it are the verb's business.
    private static func words(_ arguments: [String]) -> ArraySlice<String> {
        var rest = arguments[...]
        while let first = rest.first, first.hasPrefix("-") {
            rest.removeFirst()
            guard first == "--json" || first.hasPrefix("--socket") || first.hasPrefix("--timeout") else { return [] }
            if first == "--socket" || first == "--timeout" { _ = rest.popFirst() }
        }
        return rest
    }
}
