/// RFC 9309 told again, slowly: the file as lists of records and groups, patterns as lists of octets in text, matching by
/// trying everything. Shares no code with what it judges. `quirks` make it do what protego does instead.
struct RobotsOracle {
    private struct Rule {
        var allows: Bool
        var pattern: [String]
    }

    private struct Group {
        var agents: [String] = []
        var rules: [Rule] = []
    }

    private let rules: [Rule]
    private let quirks: ProtegoQuirks

    init(_ file: [UInt8], agent: String, quirks: ProtegoQuirks = []) {
        self.quirks = quirks
        let groups = Self.groups(file, quirks)
        let name = agent.lowercased()
        let own: [Group]
        if quirks.contains(.partOfName) {
            // The longest name that the agent's has in it, from a word's beginning on; the first of equals.
            let names = groups.flatMap(\.agents).filter { Self.score($0, in: name) > 0 }
            let best = names.map { Self.score($0, in: name) }.max()
            let chosen = names.first { Self.score($0, in: name) == best }
            own = groups.filter { group in chosen.map { group.agents.contains($0) } ?? false }
        } else {
            let named = groups.filter { $0.agents.contains(name) }
            own = named.isEmpty ? groups.filter { $0.agents.contains("*") } : named
        }
        rules = own.flatMap(\.rules)
    }

    func allows(_ path: [UInt8]) -> Bool {
        if path == Array("/robots.txt".utf8) { return true }
        if quirks.contains(.robotsQuery), path.starts(with: "/robots.txt?".utf8) { return true }
        let octets = Self.octets(path, isPattern: false, quirks)
        let matching = rules.filter { rule in
            var failed: Set<Int> = []
            return Self.matches(rule.pattern, 0, octets, 0, &failed)
        }
        let most = matching.map { Self.count($0.pattern) }.max()
        let decisive = matching.filter { Self.count($0.pattern) == most }
        return decisive.isEmpty || decisive.contains { $0.allows }
    }

    // MARK: - Matching

    private static func count(_ pattern: [String]) -> Int {
        pattern.reduce(0) { $0 + ($1 == "END" ? 1 : $1.utf8.count) }
    }

    private static func matches(
        _ pattern: [String], _ i: Int, _ path: [String], _ j: Int, _ failed: inout Set<Int>
    ) -> Bool {
        guard i < pattern.count else { return true }
        if pattern[i] == "END" { return j == path.count }
        let key = i * (path.count + 1) + j
        if failed.contains(key) { return false }
        let result: Bool
        if pattern[i] == "*" {
            result =
                matches(pattern, i + 1, path, j, &failed)
                || j < path.count && matches(pattern, i, path, j + 1, &failed)
        } else {
            result = j < path.count && pattern[i] == path[j] && matches(pattern, i + 1, path, j + 1, &failed)
        }
        if !result { failed.insert(key) }
        return result
    }

    /// One element for each octet as it is compared: a character, an escape, `*` or `END`.
    private static func octets(_ bytes: [UInt8], isPattern: Bool, _ quirks: ProtegoQuirks) -> [String] {
        var rest = bytes
        var end: [String] = []
        if isPattern, rest.last == UInt8(ascii: "$") {
            rest.removeLast()
            end = ["END"]
        }
        var result: [String] = []
        while let byte = rest.first {
            if isPattern, byte == UInt8(ascii: "*") {
                result.append("*")
                rest.removeFirst()
            } else if byte == UInt8(ascii: "%"), rest.count > 2, isHex(rest[1]), isHex(rest[2]),
                let value = UInt8(String(decoding: rest[1...2], as: UTF8.self), radix: 16)
            {
                result.append(octet(value, wasEscaped: true, quirks))
                rest.removeFirst(3)
            } else {
                result.append(octet(byte, wasEscaped: false, quirks))
                rest.removeFirst()
            }
        }
        return result + end
    }

    private static func octet(_ byte: UInt8, wasEscaped: Bool, _ quirks: ProtegoQuirks) -> String {
        let character = String(UnicodeScalar(byte))
        let hex = String(byte, radix: 16, uppercase: true)
        let escape = "%" + (hex.count == 1 ? "0" + hex : hex)
        let isUnreserved = byte < 128 && (character.first?.isLetter == true || character.first?.isNumber == true)
        if isUnreserved || "-._~".contains(character) { return character }
        if quirks.contains(.delimiters) {
            if byte == UInt8(ascii: "%"), !wasEscaped { return "%" }
            return !wasEscaped && byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=") ? character : escape
        }
        return !wasEscaped && "/?&=".contains(character) ? character : escape
    }

    private static func isHex(_ byte: UInt8) -> Bool { "0123456789abcdefABCDEF".utf8.contains(byte) }

    // MARK: - Reading

    private static func groups(_ file: [UInt8], _ quirks: ProtegoQuirks) -> [Group] {
        var groups: [Group] = []
        var last = ""
        for (field, value) in records(file, quirks) {
            switch field {
            case "user-agent":
                if last != "user-agent" || groups.isEmpty { groups.append(Group()) }
                groups[groups.count - 1].agents += agents(value, quirks)
                last = field
            case "allow", "disallow":
                last = field
                guard !groups.isEmpty, !value.isEmpty else { continue }
                groups[groups.count - 1].rules += rules(value, allows: field == "allow", quirks)
            default:
                if quirks.contains(.otherRecords), field != "sitemap" { last = field }
            }
        }
        return groups
    }

    private static func rules(_ value: [UInt8], allows: Bool, _ quirks: ProtegoQuirks) -> [Rule] {
        var value = value
        if quirks.contains(.wholeAddress), value.starts(with: "http://".utf8) || value.starts(with: "https://".utf8) {
            value.insert(UInt8(ascii: "/"), at: 0)
        }
        var result = [Rule(allows: allows, pattern: octets(value, isPattern: true, quirks))]
        if quirks.contains(.eitherDollar), value.contains(UInt8(ascii: "$")) {
            let literal = value.flatMap { $0 == UInt8(ascii: "$") ? Array("%24".utf8) : [$0] }
            result.append(Rule(allows: allows, pattern: octets(literal, isPattern: true, quirks)))
        }
        if quirks.contains(.indexPage), allows {
            for rule in result where rule.pattern.suffix(11) == "/index.html".map({ String($0) })[...] {
                result.append(Rule(allows: true, pattern: rule.pattern.dropLast(10) + ["END"]))
            }
        }
        return result
    }

    private static func agents(_ value: [UInt8], _ quirks: ProtegoQuirks) -> [String] {
        let text = String(decoding: value, as: UTF8.self).lowercased()
        if quirks.contains(.partOfName) {
            let bare = text.filter { $0 != "*" }
            return [text, bare].filter { !$0.isEmpty }
        }
        if text.split(whereSeparator: \.isWhitespace).first == "*" { return ["*"] }
        return [String(text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })]
    }

    private static func score(_ name: String, in agent: String) -> Int {
        if name == "*" { return 1 }
        let letters = Array(agent)
        for start in letters.indices where letters[start...].starts(with: name) {
            let before = start > 0 ? letters[start - 1] : " "
            if !(before.isLetter || before.isNumber || before == "-" || before == "_") { return name.count }
        }
        return 0
    }

    private static func records(_ file: [UInt8], _ quirks: ProtegoQuirks) -> [(String, [UInt8])] {
        var bytes = file
        if !quirks.contains(.noBounds), bytes.count > 1 << 20 {
            bytes = Array(bytes.prefix(1 << 20))
            while let last = bytes.last, last != 10, last != 13 { bytes.removeLast() }
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if quirks.contains(.repairedText) { bytes = Array(String(decoding: bytes, as: UTF8.self).utf8) }
        var ends: [[UInt8]] = [[13], [10]]
        if quirks.contains(.moreLineEnds) {
            ends += [[11], [12], [28], [29], [30], [0xC2, 0x85], [0xE2, 0x80, 0xA8], [0xE2, 0x80, 0xA9]]
        }
        return lines(bytes, ends).compactMap { line in
            guard quirks.contains(.noBounds) || line.count <= 16384 else { return nil }
            return record(trimmed(line.prefix { $0 != UInt8(ascii: "#") }, quirks), quirks)
        }
    }

    private static func lines(_ bytes: [UInt8], _ ends: [[UInt8]]) -> [ArraySlice<UInt8>] {
        let firsts = Set(ends.compactMap(\.first))
        var result: [ArraySlice<UInt8>] = []
        var start = 0
        var i = 0
        while i < bytes.count {
            if firsts.contains(bytes[i]), let end = ends.first(where: { bytes[i...].starts(with: $0) }) {
                result.append(bytes[start..<i])
                i += end.count
                start = i
            } else {
                i += 1
            }
        }
        return result + [bytes[start...]]
    }

    private static let names = [
        "user-agent": ["user-agent", "useragent", "user agent"],
        "disallow": ["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"],
        "allow": ["allow"], "sitemap": ["sitemap", "sitemaps", "site-map"],
        "crawl-delay": ["crawl-delay", "crawl delay", "crawldelay"],
    ]

    private static func field(_ name: String) -> String? {
        names.first { $0.value.contains(name.lowercased()) }?.key
    }

    private static func record(_ line: [UInt8], _ quirks: ProtegoQuirks) -> (String, [UInt8])? {
        guard !line.isEmpty else { return nil }
        var unknown: (String, [UInt8])?
        if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: trimmed(line[..<colon], quirks), as: UTF8.self)
            let value = trimmed(line[(colon + 1)...], quirks)
            if let field = field(name) { return (field, value) }
            // protego knows Host as one for the whole site.
            unknown = (name.lowercased() == "host" ? "sitemap" : "unknown", value)
            if quirks.contains(.noColon), line.count == colon + 1 || isBlank(line[colon + 1]) { return unknown }
        }
        let words = line.split(whereSeparator: isBlank)
        for count in quirks.contains(.noColon) ? [1, 2] : [1] where words.count >= count {
            let name = words.prefix(count).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            guard let field = field(name) else { continue }
            let value = Array(words.dropFirst(count).joined(separator: [32]))
            if quirks.contains(.noColon) || words.count == 2 { return (field, value) }
        }
        return unknown
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte < 33 || byte == 127 }

    private static func trimmed(_ bytes: some Collection<UInt8>, _ quirks: ProtegoQuirks) -> [UInt8] {
        if quirks.contains(.moreBlanks) {
            let text = String(decoding: bytes, as: UTF8.self)
            let isBlank = { (scalar: UnicodeScalar) in
                scalar.properties.isWhitespace || (28...31).contains(scalar.value)
            }
            let scalars = Array(text.unicodeScalars)
            guard let first = scalars.firstIndex(where: { !isBlank($0) }),
                let last = scalars.lastIndex(where: { !isBlank($0) })
            else { return [] }
            return scalars[first...last].flatMap { Array(String($0).utf8) }
        }
        let rest = bytes.drop(while: isBlank)
        return Array(rest.reversed().drop(while: isBlank).reversed())
    }
}
