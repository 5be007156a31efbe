import Yams

/// The text of a configuration file as YAML nodes, with what the syntax alone already shows to be wrong.
struct ConfigDocument {
    /// nil for a file that is empty or holds comments only.
    private(set) var root: Node?
    private(set) var faults: [ConfigFault] = []

    /// Keys that the composer may not see twice are renamed to this and skipped by the reader.
    static let duplicatePrefix = "\u{F8FF}duplicate-"

    init(text: String, file: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // A duplicate ends the composer's work. It is reported, renamed, and the rest is looked at all the same.
        for round in 0..<100 {
            do {
                root = try compose(yaml: lines.joined(separator: "\n"))
                return
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let key = keys.first ?? "?"
                let first = context.mark
                guard let second = Self.lineOfDuplicate(of: key, first: first, in: lines) else {
                    faults.append(.init(file: file, line: first.line, key: key, allowed: "given more than once"))
                    return
                }
                faults.append(
                    .init(
                        file: file, line: second + 1, key: key,
                        allowed: "given more than once, first in line \(first.line)"))
                lines[second] = Self.rename(lines[second], column: first.column, to: Self.duplicatePrefix + "\(round)")
            } catch let error as YamlError {
                faults.append(Self.fault(error, file: file))
                return
            } catch {
                faults.append(.init(file: file, allowed: "cannot be read as YAML: \(error)"))
                return
            }
        }
    }

    private static func fault(_ error: YamlError, file: String) -> ConfigFault {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .init(file: file, line: mark.line, allowed: "not valid YAML: \(problem)")
        case .reader(let problem, _, _, _):
            .init(file: file, allowed: "not valid YAML: \(problem)")
        default:
            .init(file: file, allowed: "cannot be read as YAML: \(error)")
        }
    }

    /// Index of the next line that has `key:` at the column of the first one; nil in a flow mapping (`{a: 1, a: 2}`).
    private static func lineOfDuplicate(of key: String, first: Mark, in lines: [String]) -> Int? {
        let indentation = String(repeating: " ", count: first.column - 1)
        let spellings = [key, "\"\(key)\"", "'\(key)'"].map { indentation + $0 }
        return lines.indices.dropFirst(first.line).first { index in
            spellings.contains { spelling in
                lines[index].hasPrefix(spelling)
                    && lines[index].dropFirst(spelling.count).drop { $0 == " " }.first == ":"
            }
        }
    }

    private static func rename(_ line: String, column: Int, to name: String) -> String {
        let indentation = line.prefix(column - 1)
        let value = line.drop { $0 != ":" }
        return indentation + name + value
    }
}
