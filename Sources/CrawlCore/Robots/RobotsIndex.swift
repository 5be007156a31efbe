/// The rules that hold for us, found by how a path begins: not every rule is tried.
///
/// Rules are sorted by their octets before the first `*`; a node is the row of rules that share them. All nodes that a
/// path begins with lie on one way: from the last node not behind the path up through the parents.
struct RobotsIndex: Sendable {
    private struct Node {
        /// The rule whose octets before the first `*` are the node's.
        var firstRule: UInt32
        /// The longest other node that this one begins with; -1 for none.
        var parent: Int32
    }

    /// Octets that one verdict looks at before it stops searching. A path of 100 octets takes some 40,000 rules with
    /// wildcards that all get as far as a search; real files need a thousandth. From then on a disallow counts as
    /// matching and an allow as not: a file that costs so much keeps us out rather than up.
    static let budget = 4_000_000

    private let bytes: [UInt8]
    private let rules: [RobotsRule]
    private let nodes: [Node]

    /// `bytes` holds the patterns and texts of the rules.
    init(_ rules: consuming [RobotsRule], bytes: [UInt8]) {
        let (sorted, nodes) = bytes.withUnsafeBufferPointer { Self.arrange(rules, $0) }
        (self.rules, self.bytes) = bytes.withUnsafeBufferPointer { Self.compact(sorted, $0) }
        self.nodes = nodes.withUnsafeBufferPointer { Array($0) }
    }

    var ruleCount: Int { rules.count }

    var memoryBytes: Int {
        bytes.capacity + rules.capacity * MemoryLayout<RobotsRule>.stride + nodes.capacity * MemoryLayout<Node>.stride
    }

    /// The rule that decides on a path in the form of `RobotsOctets`; nil if none matches. Adds the octets and rules
    /// looked at to `steps`.
    func decisive(for path: UnsafeBufferPointer<UInt8>, steps: inout Int) -> RobotsRule? {
        bytes.withUnsafeBufferPointer { bytes in
            var at = lastNode(notBehind: path, bytes, &steps)
            var begins = false
            var has: UInt64?
            var best: RobotsRule?
            while at >= 0 {
                let node = nodes[at]
                if !begins {
                    let literal = Self.literal(rules[Int(node.firstRule)], bytes)
                    steps += literal.count
                    begins = RobotsPattern.common(literal, path) == literal.count
                }
                if begins {
                    let end = at + 1 < nodes.count ? Int(nodes[at + 1].firstRule) : rules.count
                    consider(Int(node.firstRule)..<end, path, bytes, &has, &best, &steps)
                }
                at = Int(node.parent)
            }
            return best
        }
    }

    /// The value as it was written.
    func text(of rule: RobotsRule) -> ArraySlice<UInt8> {
        bytes[Int(rule.text)..<Int(rule.text) + Int(rule.textLength)]
    }

    private func consider(
        _ range: Range<Int>, _ path: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>,
        _ has: inout UInt64?, _ best: inout RobotsRule?, _ steps: inout Int
    ) {
        for i in range {
            let rule = rules[i]
            if let best, !rule.beats(best) { return }
            steps += 1
            let matches: Bool
            if !rule.hasWildcard {
                matches = !rule.isAnchored || path.count == rule.literalLength
            } else if steps > Self.budget {
                matches = !rule.allows
            } else {
                let present = has ?? RobotsRule.bits(path)
                has = present
                matches =
                    rule.needs & ~present == 0
                    && RobotsPattern.matches(
                        Self.pattern(rule, bytes), literal: Int(rule.literalLength), anchored: rule.isAnchored,
                        path: path, steps: &steps)
            }
            if matches { best = rule }
        }
    }

    private func lastNode(
        notBehind path: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>, _ steps: inout Int
    ) -> Int {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            let literal = Self.literal(rules[Int(nodes[middle].firstRule)], bytes)
            let common = RobotsPattern.common(literal, path)
            steps += common + 1
            let isBehind = common < literal.count && (common == path.count || literal[common] > path[common])
            if isBehind { high = middle } else { low = middle + 1 }
        }
        return low - 1
    }

    private static func pattern(
        _ rule: RobotsRule, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        let start = Int(rule.pattern)
        return UnsafeBufferPointer(rebasing: bytes[start..<start + Int(rule.patternLength)])
    }

    private static func literal(
        _ rule: RobotsRule, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        let start = Int(rule.pattern)
        return UnsafeBufferPointer(rebasing: bytes[start..<start + Int(rule.literalLength)])
    }

    /// By the octets before the first `*`, then the stronger rule first, then equal ones side by side.
    private static func arrange(
        _ rules: [RobotsRule], _ bytes: UnsafeBufferPointer<UInt8>
    ) -> ([RobotsRule], [Node]) {
        let sorted = rules.sorted { a, b in
            let byLiteral = order(literal(a, bytes), literal(b, bytes))
            if byLiteral != 0 { return byLiteral < 0 }
            if a.beats(b) != b.beats(a) { return a.beats(b) }
            let byPattern = order(pattern(a, bytes), pattern(b, bytes))
            return byPattern != 0 ? byPattern < 0 : a.line < b.line
        }
        var kept: [RobotsRule] = []
        var nodes: [Node] = []
        for rule in sorted {
            if let last = kept.last, isSame(last, rule, bytes) { continue }
            let isNew = kept.last.map { order(literal($0, bytes), literal(rule, bytes)) != 0 } ?? true
            if isNew {
                var parent = nodes.count - 1
                while parent >= 0 {
                    let shorter = literal(kept[Int(nodes[parent].firstRule)], bytes)
                    if RobotsPattern.common(shorter, literal(rule, bytes)) == shorter.count { break }
                    parent = Int(nodes[parent].parent)
                }
                nodes.append(Node(firstRule: UInt32(kept.count), parent: Int32(parent)))
            }
            kept.append(rule)
        }
        return (kept, nodes)
    }

    /// In arrays of just the size they need, neighbours side by side.
    private static func compact(
        _ rules: [RobotsRule], _ bytes: UnsafeBufferPointer<UInt8>
    ) -> ([RobotsRule], [UInt8]) {
        var kept: [UInt8] = []
        kept.reserveCapacity(rules.reduce(0) { $0 + $1.octets + ($1.text == $1.pattern ? 0 : Int($1.textLength)) })
        var moved: [RobotsRule] = []
        moved.reserveCapacity(rules.count)
        for var rule in rules {
            let pattern = Int(rule.pattern)
            let text = Int(rule.text)
            rule.pattern = UInt32(kept.count)
            kept += bytes[pattern..<pattern + rule.octets]
            rule.text = rule.pattern
            if text != pattern {
                rule.text = UInt32(kept.count)
                kept += bytes[text..<text + Int(rule.textLength)]
            }
            moved.append(rule)
        }
        return (moved, kept)
    }

    /// "Duplicate rules MAY be deduplicated" (§2.2.2): the first line stays.
    private static func isSame(_ a: RobotsRule, _ b: RobotsRule, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        a.allows == b.allows && a.isAnchored == b.isAnchored && order(pattern(a, bytes), pattern(b, bytes)) == 0
    }

    /// Below zero if `a` comes first, zero if they are equal.
    private static func order(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        let common = RobotsPattern.common(a, b)
        guard common < a.count, common < b.count else { return a.count - b.count }
        return a[common] < b[common] ? -1 : 1
    }
}
