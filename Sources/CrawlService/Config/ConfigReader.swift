import ControlAPI
import Yams

/// Decodes a document strictly: every key that a section does not ask for is a fault, and so is every value of the wrong
/// kind. Nothing is thrown; faults collect, and a faulty value leaves the property at its default.
final class ConfigReader {
    let file: String
    private(set) var faults: [ConfigFault]

    /// Where each accepted key stood and what was written there, for the rules that look at values later.
    private(set) var places: [String: (line: Int?, text: String)] = [:]

    private(set) var knownKeys: [String] = []
    /// What each key's property held before it was read: read from an empty document, all that a configuration says.
    private(set) var values: [String: String] = [:]
    /// Of these, the ones whose values may be secret, or are sections that may have such.
    var secretKeys: Set<String> = []
    private var unknown: [(section: ConfigSection, key: String, node: Node, line: Int?)] = []
    private let sections: [(name: String, node: Node)]
    private var sectionNames: [String] = []

    init(_ document: ConfigDocument, file: String) {
        self.file = file
        faults = document.faults
        switch document.root {
        case .mapping(let mapping)?:
            sections = mapping.compactMap { key, value in
                key.scalar.map { ($0.string, Self.marked(value, key)) }
            }
        case let root?:
            sections = []
            if !root.isEmptyScalar {
                faults.append(
                    .init(
                        file: file, line: root.mark?.line, value: root.shown,
                        allowed: "must hold sections such as `fetch:`"))
            }
        case nil:
            sections = []
        }
    }

    /// Lets `read` ask for the keys of section `name`. `isSecret`: no fault shows a value.
    func section(_ name: String, isSecret: Bool = false, _ read: (ConfigSection) -> Void) {
        sectionNames.append(name)
        let nodes = sections.filter { $0.name == name }.map(\.node)
        self.read(nodes, as: name, line: nil, isSecret: isSecret, read)
    }

    /// `nodes` are mappings of the keys of one section, called `name`; `line` is where it is named.
    func read(_ nodes: [Node], as name: String, line: Int?, isSecret: Bool, _ read: (ConfigSection) -> Void) {
        var entries: [ConfigSection.Entry] = []
        for node in nodes {
            switch node {
            case .mapping(let mapping):
                for (key, node) in mapping {
                    guard let scalar = key.scalar else {
                        fault(
                            line: key.mark?.line, key: name, value: isSecret ? nil : key.shown,
                            "must be a plain word, as every key")
                        continue
                    }
                    entries.append(.init(key: scalar.string, node: node, line: scalar.mark?.line))
                }
            case let node where node.isEmptyScalar: break
            case let node:
                // Text in its place may be the value of any of its keys.
                fault(line: line ?? node.mark?.line, key: name, "must be a section of keys")
            }
        }
        let section = ConfigSection(name: name, entries: entries, reader: self, isSecret: isSecret)
        read(section)
        for entry in entries where !section.asked.contains(entry.key) {
            unknown.append((section, entry.key, entry.node, entry.line))
        }
    }

    /// Turns what no section asked for into faults; called once, after the last section.
    func finish() {
        for section in sections where !sectionNames.contains(section.name) {
            guard !section.name.hasPrefix(ConfigDocument.duplicatePrefix) else { continue }
            let near = NearMiss.of(section.name, in: sectionNames)
            fault(
                line: section.node.mark?.line, key: section.name,
                "unknown section" + (near.map { ", did you mean `\($0)`?" } ?? ""))
        }
        for entry in unknown where !entry.key.hasPrefix(ConfigDocument.duplicatePrefix) {
            let own = knownKeys.filter { $0.hasPrefix(entry.section.name + ".") }
                .map { String($0.dropFirst(entry.section.name.count + 1)) }
            let near = NearMiss.of(entry.key, in: own)
            let hint = near ?? knownKeys.first { $0.hasSuffix("." + entry.key) }
            fault(
                line: entry.line, key: "\(entry.section.name).\(entry.key)",
                value: mayShow(entry.section, near: near, elsewhere: hint) ? entry.node.shown : nil,
                "unknown key" + (hint.map { ", did you mean `\($0)`?" } ?? ""))
        }
    }

    /// The value of a key that nobody knows: it may be a secret's under another name, unless the name that was most likely
    /// meant is known, and no secret's.
    private func mayShow(_ section: ConfigSection, near: String?, elsewhere: String?) -> Bool {
        if section.isSecret { return false }
        if let near { return !secretKeys.contains("\(section.name).\(near)") }
        return section.secrets.isEmpty && (elsewhere.map { !secretKeys.contains($0) } ?? false)
    }

    func ask(_ key: String, line: Int?, text: String?) {
        knownKeys.append(key)
        if let text { places[key] = (line, text) }
    }

    func note(_ key: String, _ value: some Any) { values[key] = "\(value)" }

    func fault(line: Int?, key: String, value: String? = nil, _ allowed: String) {
        faults.append(.init(file: file, line: line, key: key, value: value, allowed: allowed))
    }

    /// A section's own mark is that of its first key, on the line below; its name's line is what people look for.
    private static func marked(_ value: Node, _ key: Node) -> Node {
        guard case .mapping(var mapping) = value else { return value }
        mapping.mark = key.mark
        return .mapping(mapping)
    }
}

extension Node {
    /// `key:` with nothing behind it, or `~` or `null`.
    var isEmptyScalar: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// The value for a fault's text.
    var shown: String {
        switch self {
        case .scalar(let scalar): scalar.string
        case .sequence(let sequence): "[" + sequence.map(\.shown).joined(separator: ", ") + "]"
        case .mapping: "{…}"
        case .alias: "*alias"
        }
    }
}
