/// One thing that is wrong with the configuration, written `file:line: key: value: what is allowed`.
package struct ConfigFault: Hashable, Sendable, CustomStringConvertible {
    /// Path as it was given; nil for a fault that no file caused (a command-line option, a default).
    package var file: String?

    /// Counted from 1; nil when the key does not stand in the file or no single line is at fault.
    package var line: Int?

    /// Dotted, e.g. `health.max_gap`; nil when the file as a whole is at fault.
    package var key: String?

    /// What was given, escaped and cut to 80 characters, and of a URL nothing behind its scheme: who mistypes a key may have
    /// written a password behind it, and faults go to logs. nil when there is no value to show.
    package var value: String?

    /// What would have been accepted.
    package var allowed: String

    /// The keys that a rule between several of them looked at; the first one present in the file gives the line.
    var related: [String] = []

    package init(
        file: String? = nil, line: Int? = nil, key: String? = nil, value: String? = nil, allowed: String
    ) {
        self.file = file
        self.line = line
        self.key = key
        self.value = value.map(Self.shown)
        self.allowed = allowed
    }

    package var description: String {
        let place = file.map { file in line.map { "\(file):\($0)" } ?? file }
        return [place, key.map(Self.shown), value, allowed].compactMap { $0 }.joined(separator: ": ")
    }

    /// One line whatever was in the file; an empty value is shown as `""`.
    private static func shown(_ value: String) -> String {
        guard !value.isEmpty else { return "\"\"" }
        let value = withoutURLs(value)
        var text = ""
        for scalar in value.unicodeScalars.prefix(80) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return value.unicodeScalars.count > 80 ? text + "…" : text
    }

    /// What follows `://` is left out up to the next space: user, password, token and query may stand there, and a password
    /// may have whatever else would end it.
    private static func withoutURLs(_ value: String) -> String {
        var text = ""
        var rest = Array(value.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            text.unicodeScalars.append(scalar)
            guard text.hasSuffix("://") else { continue }
            rest = rest.drop { !$0.properties.isWhitespace }
            text += "…"
        }
        return text
    }
}

/// Every fault found in one reading; never empty when thrown. Exit code 78.
package struct ConfigFaults: Error, Hashable, Sendable, CustomStringConvertible {
    package var faults: [ConfigFault]

    package init(_ faults: [ConfigFault]) { self.faults = faults }

    /// One fault a line.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
