import ControlAPI
import Yams

/// The keys of one section while it is read. Each method takes a key and the property that it sets; a key that is absent
/// leaves the property, which already holds the default.
final class ConfigSection {
    struct Entry {
        var key: String
        var node: Node
        var line: Int?
    }

    let name: String
    /// No fault shows a value.
    let isSecret: Bool
    private let entries: [Entry]
    private let reader: ConfigReader
    private(set) var asked: Set<String> = []
    /// Keys of it whose values no fault shows.
    private(set) var secrets: Set<String> = []

    init(name: String, entries: [Entry], reader: ConfigReader, isSecret: Bool) {
        self.isSecret = isSecret
        self.name = name
        self.entries = entries
        self.reader = reader
    }

    /// Every key that is given, for sections whose keys are the operator's own.
    var keys: [String] {
        entries.map(\.key).filter { !$0.hasPrefix(ConfigDocument.duplicatePrefix) }
    }

    /// A section inside this one; absent or empty: nothing is read. `isSecret`: no fault of it shows a value.
    func section(_ key: String, isSecret: Bool = false, _ read: (ConfigSection) -> Void) {
        reader.secretKeys.insert("\(name).\(key)")
        guard let entry = ask(key, shows: false) else { return }
        reader.read(
            [entry.node], as: "\(name).\(key)", line: entry.line, isSecret: isSecret || self.isSecret, read)
    }

    /// A section inside this one with keys of its own, as any section has: it is read although it is absent.
    func part(_ key: String, _ read: (ConfigSection) -> Void) {
        asked.insert(key)
        let entry = entries.first { $0.key == key }
        reader.read(
            entry.map { [$0.node] } ?? [], as: "\(name).\(key)", line: entry?.line, isSecret: isSecret, read)
    }

    /// The word stands in the place of a section.
    func isWord(_ key: String, _ word: String) -> Bool {
        guard let entry = entries.first(where: { $0.key == key }), case .scalar(let scalar) = entry.node,
            scalar.string == word
        else { return false }
        _ = ask(key)
        return true
    }

    /// What `read` makes of the key; nil = it is absent.
    func given<Value>(_ key: String, _ empty: Value, _ read: (String, inout Value) -> Void) -> Value? {
        var value = empty
        read(key, &value)
        return entries.contains { $0.key == key } ? value : nil
    }

    /// The key has no business here.
    func refuse(_ key: String, _ allowed: String) {
        guard let entry = ask(key) else { return }
        fault(entry, entry.node.shown, allowed)
    }

    func string(_ key: String, _ value: inout String) {
        scalar(key, &value, "must be text") { $0 }
    }

    /// Like `string`; no fault shows what stands there, nor what stands at a key that may have been meant for it.
    func secret(_ key: String, _ value: inout String) {
        secrets.insert(key)
        reader.secretKeys.insert("\(name).\(key)")
        string(key, &value)
    }

    /// Like `string`, but may be empty without quotes.
    func text(_ key: String, _ value: inout String) {
        reader.note("\(name).\(key)", value)
        guard let entry = ask(key, shows: !isSecret) else { return }
        guard case .scalar(let scalar) = entry.node else { return fault(entry, entry.node.shown, "must be text") }
        value = entry.node.isEmptyScalar ? "" : scalar.string
    }

    func bool(_ key: String, _ value: inout Bool) {
        scalar(key, &value, "must be true or false") { $0 == "true" ? true : $0 == "false" ? false : nil }
    }

    func int(_ key: String, _ value: inout Int) {
        scalar(key, &value, "must be a whole number") { Int($0) }
    }

    func double(_ key: String, _ value: inout Double) {
        scalar(key, &value, "must be a number such as 0.1") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }

    func duration(_ key: String, _ value: inout Duration) {
        scalar(key, &value, Self.durationAllowed) { DurationText.duration($0) }
    }

    /// nil stands for `never`.
    func durationOrNever(_ key: String, _ value: inout Duration?) {
        scalar(key, &value, Self.durationAllowed + ", or never") { text in
            text == "never" ? .some(nil) : DurationText.duration(text).map { .some($0) }
        }
    }

    func durations(_ key: String, _ value: inout [Duration]) {
        list(key, &value, "must be a list of durations such as [1s, 2s]") { DurationText.duration($0) }
    }

    func strings(_ key: String, _ value: inout [String]) {
        list(key, &value, "must be a list of texts such as [\"a\", \"b\"]") { $0 }
    }

    func size(_ key: String, _ value: inout Int) {
        scalar(key, &value, "must be a whole number with B, KiB, MiB or GiB, such as 16MiB") { SizeText.bytes($0) }
    }

    /// File permissions in octal digits, quoted or not.
    func mode(_ key: String, _ value: inout UInt32) {
        scalar(key, &value, "must be octal permissions from \"0000\" to \"0777\"") { text in
            (3...4).contains(text.utf8.count) ? UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil } : nil
        }
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: String, _ value: inout Value) {
        let names = Value.allCases.map(\.rawValue)
        scalar(key, &value, "must be one of " + names.map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ", ")) {
            Value(rawValue: $0)
        }
    }

    private static let durationAllowed = "must be a whole number with ms, s, m, h or d, such as 30m"

    private func scalar<Value>(
        _ key: String, _ value: inout Value, _ allowed: String, _ parse: (String) -> Value?
    ) {
        reader.note("\(name).\(key)", value)
        guard let entry = ask(key) else { return }
        guard case .scalar(let scalar) = entry.node, !entry.node.isEmptyScalar, let parsed = parse(scalar.string) else {
            return fault(entry, entry.node.shown, allowed)
        }
        value = parsed
    }

    private func list<Value>(
        _ key: String, _ value: inout [Value], _ allowed: String, _ parse: (String) -> Value?
    ) {
        reader.note("\(name).\(key)", value)
        guard let entry = ask(key) else { return }
        guard case .sequence(let sequence) = entry.node else { return fault(entry, entry.node.shown, allowed) }
        var parsed: [Value] = []
        for node in sequence {
            guard case .scalar(let scalar) = node, !node.isEmptyScalar, let element = parse(scalar.string) else {
                return fault(entry, node.shown, allowed, line: node.mark?.line)
            }
            parsed.append(element)
        }
        value = parsed
    }

    private func ask(_ key: String, shows: Bool = true) -> Entry? {
        asked.insert(key)
        if isSecret { reader.secretKeys.insert("\(name).\(key)") }
        let entry = entries.first { $0.key == key }
        reader.ask("\(name).\(key)", line: entry?.line, text: entry.map { shows ? $0.node.shown : "" })
        return entry
    }

    private func fault(_ entry: Entry, _ value: String, _ allowed: String, line: Int? = nil) {
        reader.fault(
            line: line ?? entry.line, key: "\(name).\(entry.key)",
            value: isSecret || secrets.contains(entry.key) ? nil : value, allowed)
    }
}
