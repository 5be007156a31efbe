import ArgumentParser
import ControlAPI

struct OriginVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "origin", abstract: "What one origin is asked by: addresses, robots.txt, delay, blocks, holds.",
        discussion: """
            EXAMPLES
              crawlctl origin https://example.com
              crawlctl --json origin https://example.com | jq -r '.robots.sitemaps[]'
              crawlctl --json origin https://example.com | jq .name
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "scheme://host[:port]") var origin: String

    func run(in session: Session) throws {
        try session.send(
            APIRequest(.get, Routes.origins, query: [(name: "origin", value: origin)]), as: OriginRecord.self
        ) { record in
            session.show(Self.rows(record, session.times))
        }
    }

    private static func rows(_ name: NameRecordMessage, _ times: TimeText) -> [[String]] {
        let addresses = name.addresses.joined(separator: ", ")
        var rows = [["name", name.said ?? (addresses.isEmpty ? "not known" : addresses)]]
        func add(_ label: String, _ value: String?) {
            if let value { rows.append(["  " + label, value]) }
        }
        add("looked up", name.lookedUpAt.map { times.both($0) })
        add("holds until", name.holdsUntil.map { times.both($0) })
        add("TTL", name.ttlSeconds.map { SpanText.text(ms: min(max($0, 0), 1 << 40) * 1000) })
        if name.said != nil, !addresses.isEmpty { add("old address", addresses) }
        add("failing since", name.failingSince.map { times.both($0) })
        add("asked since", name.askedAt.map { times.both($0) })
        return rows
    }

    static func rows(_ record: OriginRecord, _ times: TimeText) -> [[String]] {
        var rows = [["origin", record.origin], ["crawl delay", record.crawlDelay]]
        if let hold = record.hold { rows.append(["held", hold]) }
        if let because = record.waitsBecause { rows.append(["waits", because]) }
        if let spent = record.spentToday { rows.append(["today", "\(NumberText.count(spent)) requests"]) }
        if record.blockLevel > 0 { rows.append(["block level", "\(record.blockLevel)"]) }
        if let incident = record.incident { rows.append(["incident", incident]) }
        if let name = record.name { rows += Self.rows(name, times) }
        guard let robots = record.robots else { return rows + [["robots.txt", "not asked for yet"]] }
        let status = robots.lastStatus.map { " \($0)" } ?? ""
        rows.append(["robots.txt", "\(robots.lastOutcome)\(status), asked \(times.both(robots.askedAt))"])
        if let fault = robots.fault { rows.append(["robots", fault]) }
        let optional = [
            ("  copy of", robots.fetchedAt.map { times.both($0) }),
            ("  expires", robots.expiresAt.map { times.both($0) }),
            ("  found at", robots.foundAt), ("  crawl delay", robots.crawlDelay),
            ("  size", robots.fetchedAt == nil ? nil : NumberText.bytes(Int64(robots.bytes))),
        ]
        rows += optional.compactMap { name, value in value.map { [name, $0] } }
        return rows + robots.sitemaps.map { ["  sitemap", $0] }
    }
}
