/// Reads robots.txt once from front to end and keeps what holds for one product token (RFC 9309 §2.2).
struct RobotsParser {
    /// What the groups of one token say, merged (§2.2.1).
    struct Group {
        var rules: [RobotsRule] = []
        var bytes: [UInt8] = []
        var crawlDelay: Duration?
    }

    private let token: RobotsToken
    private var readsRules = true
    private var own: Group?
    private var everybody = Group()
    private(set) var sitemaps: [String] = []

    // Of the group that is being read.
    private var isOwn = false
    private var isEverybodys = false
    /// Only user-agent lines so far: a further one joins them.
    private var isOpening = false

    init(token: RobotsToken) { self.token = token }

    /// The own group, or else the one for everybody (§2.2.1).
    consuming func group() -> Group { own ?? everybody }

    /// The Sitemap lines of a file alone, see `RobotsRules.sitemaps`.
    static func sitemaps(in text: UnsafeBufferPointer<UInt8>) -> [String] {
        var parser = RobotsParser(token: .everybody)
        parser.readsRules = false
        parser.read(text)
        return parser.sitemaps
    }

    mutating func read(_ text: UnsafeBufferPointer<UInt8>) {
        let length = min(text.count, RobotsRules.parsedBytes)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var at = text.starts(with: mark) ? mark.count : 0
        var line = 1
        while at < length {
            var end = at
            while end < length, text[end] != UInt8(ascii: "\n"), text[end] != UInt8(ascii: "\r") { end += 1 }
            // A line that the limit cut might say more than it did: `Disallow: /` of `Disallow: /private`.
            if end == length, length < text.count { return }
            if end > at, end - at <= RobotsRules.lineBytes,
                readsRules || mayBeSitemap(UnsafeBufferPointer(rebasing: text[at..<end])),
                let record = RobotsRecord(line: UnsafeBufferPointer(rebasing: text[at..<end]))
            {
                take(record, line: line)
            }
            let isPair = end + 1 < length && text[end] == UInt8(ascii: "\r") && text[end + 1] == UInt8(ascii: "\n")
            at = end + (isPair ? 2 : 1)
            line += 1
        }
    }

    /// By its first letter; any other line needs no closer look.
    private func mayBeSitemap(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        line.first { !RobotsRecord.isBlank($0) }.map { $0 | 0x20 == UInt8(ascii: "s") } ?? false
    }

    private mutating func take(_ record: RobotsRecord, line: Int) {
        switch record {
        case .userAgent(let value): open(RobotsToken(value))
        case .allow(let value): add(value, allows: true, line: line)
        case .disallow(let value): add(value, allows: false, line: line)
        case .crawlDelay(let value): delay(RobotsCrawlDelay.parse(value))
        case .sitemap(let value): addSitemap(value)
        }
    }

    private mutating func open(_ named: RobotsToken) {
        if !isOpening { (isOwn, isEverybodys) = (false, false) }
        isOpening = true
        if named == .everybody {
            isEverybodys = true
        } else if named == token, !named.bytes.isEmpty {
            isOwn = true
            if own == nil {
                own = Group()
                everybody = Group()
            }
        }
    }

    private mutating func add(_ value: UnsafeBufferPointer<UInt8>, allows: Bool, line: Int) {
        isOpening = false
        if isOwn {
            own?.add(value, allows: allows, line: line)
        } else if isEverybodys, own == nil {
            everybody.add(value, allows: allows, line: line)
        }
    }

    /// Of the agents named above it. It ends no row of user-agent lines, for only rules do (§2.2.4).
    private mutating func delay(_ value: Duration?) {
        guard let value else { return }
        if isOwn { own?.slow(to: value) }
        if isEverybodys { everybody.slow(to: value) }
    }

    private mutating func addSitemap(_ value: UnsafeBufferPointer<UInt8>) {
        guard sitemaps.count < RobotsRules.sitemapLines, (1...RobotsRules.sitemapBytes).contains(value.count),
            !value.contains(where: RobotsRecord.isBlank), let text = String(validating: value, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return }
        sitemaps.append(text)
    }
}

extension RobotsParser.Group {
    mutating func slow(to delay: Duration) { crawlDelay = max(crawlDelay ?? delay, delay) }

    /// A pattern that begins with neither `/` nor `*` matches no path: matching starts with the first octet (§2.2.2).
    mutating func add(_ value: UnsafeBufferPointer<UInt8>, allows: Bool, line: Int) {
        guard let first = value.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "*") else { return }
        let isAnchored = value[value.count - 1] == UInt8(ascii: "$")
        let start = bytes.count
        let body = UnsafeBufferPointer(rebasing: value[..<(value.count - (isAnchored ? 1 : 0))])
        RobotsOctets.append(body, wildcards: true, to: &bytes)
        let length = bytes.count - start
        if isAnchored { bytes.append(UInt8(ascii: "$")) }
        let needs: UInt64
        let literal: Int
        (needs, literal) = bytes.withUnsafeBufferPointer { all in
            let pattern = UnsafeBufferPointer(rebasing: all[start..<start + length])
            return (RobotsRule.bits(pattern), pattern.firstIndex(of: UInt8(ascii: "*")) ?? length)
        }
        var text = start
        if !bytes[start...].elementsEqual(value) {
            text = bytes.count
            bytes += value.prefix(StrangersText.limit)
        }
        rules.append(
            RobotsRule(
                pattern: UInt32(start), text: UInt32(text), line: UInt32(line), patternLength: UInt16(length),
                literalLength: UInt16(literal), textLength: UInt16(min(value.count, StrangersText.limit)),
                allows: allows, isAnchored: isAnchored, needs: needs))
    }
}
