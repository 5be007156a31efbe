import Foundation

/// The SQL that stands in Swift sources, with what is interpolated into it.
enum SQLLiterals {
    struct Literal {
        var file: String
        var line: Int
        var parts: [Part]
    }

    enum Part {
        case text(String)
        /// An expression.
        case value(String)
    }

    /// All string literals of the sources in `folder`, and in what lies below it, that are statements, those of the
    /// schema's steps apart: each of those runs once in the life of a database.
    static func all(in folder: URL) throws -> [Literal] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).map(folder.appendingPathComponent)
        return try files.filter { $0.pathExtension == "swift" && !$0.lastPathComponent.hasPrefix("Schema") }
            .sorted { $0.path < $1.path }
            .flatMap { file -> [Literal] in
                var scanner = Scanner(
                    try String(contentsOf: file, encoding: .utf8), file: file.lastPathComponent)
                return scanner.statements()
            }
    }

    private static let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"]

    private struct Scanner {
        let source: [Character]
        let file: String
        var at = 0
        var found: [Literal] = []

        init(_ text: String, file: String) {
            source = Array(text)
            self.file = file
        }

        mutating func statements() -> [Literal] {
            while at < source.count {
                if has("//") {
                    while at < source.count, source[at] != "\n" { at += 1 }
                } else if source[at] == "\"" {
                    let line = source[..<at].count { $0 == "\n" } + 1
                    let parts = literal()
                    if case .text(let text)? = parts.first, Self.isStatement(text) {
                        found.append(Literal(file: file, line: line, parts: parts))
                    }
                } else {
                    at += 1
                }
            }
            return found
        }

        private static func isStatement(_ text: String) -> Bool {
            verbs.contains(String(text.drop { $0.isWhitespace }.prefix { $0.isLetter }))
        }

        private func has(_ text: String) -> Bool {
            let end = at + text.count
            return end <= source.count && String(source[at..<end]) == text
        }

        /// From its opening quote to behind its closing one.
        private mutating func literal() -> [Part] {
            let quote = has("\"\"\"") ? "\"\"\"" : "\""
            at += quote.count
            var parts: [Part] = []
            var text = ""
            while at < source.count, !has(quote) {
                if has("\\(") {
                    parts.append(.text(text))
                    text = ""
                    parts.append(.value(expression()))
                } else if source[at] == "\\" {
                    text.append(at + 1 < source.count ? source[at + 1] : " ")
                    at += 2
                } else {
                    text.append(source[at])
                    at += 1
                }
            }
            at += quote.count
            return parts + [.text(text)]
        }

        /// From `\(` to behind its `)`. String literals in it are passed over whole.
        private mutating func expression() -> String {
            at += 2
            let start = at
            var depth = 1
            while at < source.count {
                if source[at] == "\"" {
                    _ = literal()
                    continue
                }
                if source[at] == "(" { depth += 1 }
                if source[at] == ")" { depth -= 1 }
                at += 1
                if depth == 0 { break }
            }
            return String(source[start..<max(start, at - 1)])
        }
    }
}

extension SQLLiterals.Literal {
    struct Unknown: Error, CustomStringConvertible {
        var description: String
    }

    /// Every statement that it can be. `values`: what an expression may stand for; a choice between two literals speaks
    /// for itself.
    func statements(_ values: (_ file: String, _ expression: String) -> [String]?) throws -> [String] {
        var statements = [""]
        for part in parts {
            switch part {
            case .text(let text): statements = statements.map { $0 + text }
            case .value(let expression):
                guard let choices = Self.choices(expression) ?? values(file, expression) else {
                    throw Unknown(
                        description: "\(file):\(line): what may \\(\(expression)) be? Tell StatementPlanTests")
                }
                statements = statements.flatMap { start in choices.map { start + $0 } }
            }
        }
        return statements
    }

    /// `condition ? "one" : "other"`
    private static func choices(_ expression: String) -> [String]? {
        guard let match = expression.wholeMatch(of: /[\w.!]+ \? "([^"\\]*)" : "([^"\\]*)"/) else { return nil }
        return [String(match.1), String(match.2)]
    }
}
