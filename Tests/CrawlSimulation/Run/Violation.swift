import CrawlCore

/// An invariant that did not hold, with all that is needed to see why.
package struct Violation: Error, Sendable {
    package var seed: UInt64
    package var invariant: String
    var origin: OriginScript?
    /// Milliseconds from the start.
    var at: Int64
    package var text: String
    var timeline: [JournalLine]

    /// Some lines, the last ones of the origin's timeline among them.
    package var report: String {
        var lines = ["seed \(seed): \(invariant): \(text), \(Self.clock(at)) after the start"]
        if let origin {
            lines.append(
                "\(origin.key): \(origin.behaviour.rawValue), \(origin.pages) pages every \(origin.recrawl.ms / 60_000) min, "
                    + (origin.isBehindEdge ? "behind an edge" : "no edge"))
            for trouble in origin.troubles.prefix(6) {
                lines.append(
                    "  \(trouble.fault) to \(trouble.scope), \(trouble.pattern), "
                        + "\(Self.clock(trouble.from)) to \(Self.clock(trouble.to))")
            }
        }
        lines += timeline.map { "  \(Self.clock($0.at)) \($0.text)" }
        return lines.joined(separator: "\n")
    }

    /// `1d 02:03:04.005`.
    static func clock(_ ms: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = ms / 1000
        let rest = String(1000 + ms % 1000).dropFirst()
        return "\(seconds / 86400)d \(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(rest)"
    }
}

extension Target: CustomStringConvertible {
    package var description: String { page.map { "site\(origin)/page/\($0)" } ?? "site\(origin)/robots.txt" }
}
