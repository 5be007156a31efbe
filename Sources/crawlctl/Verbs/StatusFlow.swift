import ControlAPI

/// What is due, how fast it goes, and why it waits: three lines of `status`.
enum StatusFlow {
    static func rows(_ report: StatusReport) -> [[String]] {
        var rows = [["due now", due(report)], ["rate", rate(report)]]
        if !report.waiting.isEmpty { rows.append(["waiting", waiting(report)]) }
        return rows
    }

    /// How names are looked up; none if libcurl does.
    static func names(_ report: StatusReport) -> [[String]] {
        guard let dns = report.dns else { return [] }
        var parts = ["\(number(dns.rate10s)) look-ups/s", "\(NumberText.count(dns.inFlight)) questions under way"]
        if dns.slow > 0 { parts.append("\(NumberText.count(dns.slow)) of them slow") }
        if dns.waiting > 0 { parts.append("\(NumberText.count(dns.waiting)) names wait") }
        parts.append("\(NumberText.count(dns.failed)) of \(NumberText.count(dns.done)) gave no address")
        parts.append("\(CountText.text(dns.cacheNames, "name")) known (\(NumberText.bytes(Int64(dns.cacheBytes))))")
        var rows = [["names", parts.joined(separator: ", ")]]
        if dns.unanswered > 0 {
            rows.append([
                "NO ANSWER",
                "for \(CountText.text(dns.unanswered, "name")), an hour and more: cannot be told from our resolver's fault",
            ])
        }
        return rows
    }

    private static func due(_ report: StatusReport) -> String {
        guard report.dueNow > 0 else { return "0" }
        let left = report.secondsLeft.map { "\(SpanText.about(ms: $0 > Int64.max / 1000 ? .max / 2 : $0 * 1000)) left" }
        return "\(NumberText.count(report.dueNow)), \(left ?? "time left unknown")"
            + (held(report) > 0 ? "; URLs held by their origins are counted" : "")
    }

    private static func rate(_ report: StatusReport) -> String {
        "\(number(report.rate10s)) requests/s over 10 s, \(number(report.rate1m)) over 1 min"
    }

    /// `0`, `0.02`, `3.5`, `1,234`.
    private static func number(_ rate: Double) -> String {
        if rate >= 100 { return NumberText.count(Int(min(rate.rounded(), 1e15))) }
        let places = rate >= 1 ? 10.0 : 100.0
        let rounded = (rate * places).rounded() / places
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func waiting(_ report: StatusReport) -> String {
        let parts = report.waiting.enumerated().map { index, record in
            let count = index == 0 ? CountText.text(record.origins, "origin") : NumberText.count(record.origins)
            let busiest = record.busiest.map {
                " (\(NumberText.count($0.origins)) at \($0.address), \(NumberText.count($0.inFlight)) in flight)"
            }
            let next = record.nextAt.map { " (next \(clock($0)))" } ?? busiest ?? ""
            return "\(count) \(words[record.rule] ?? record.rule)\(next)"
        }
        let held = held(report)
        return parts.joined(separator: " · ") + (held > 0 ? "; \(NumberText.urls(held)) held" : "")
    }

    private static func held(_ report: StatusReport) -> Int { report.urls[URLState.held.rawValue] ?? 0 }

    /// Of an RFC 3339 time in UTC what a clock shows: `17:07:41`.
    private static func clock(_ timestamp: String) -> String {
        let time = timestamp.drop { $0 != "T" }.dropFirst().prefix(8)
        return time.isEmpty ? timestamp : String(time) + " UTC"
    }

    /// What an origin waits for; a rule that is not here goes by its name.
    private static let words = [
        "crawl-delay": "crawl delay", "retry-after": "Retry-After", "budget": "budget spent",
        "robots": "robots.txt awaited", "dns": "name looked up", "per-address": "address busy",
        "per-origin": "answer awaited",
        "local-limit": "no sockets", "suspect": "a suspect asked alone", "storage-full": "disk full",
        "storage-failed": "storage fails", "origin-broken": "broken", "origin-suspect": "perhaps broken",
        "robots-unreachable": "robots.txt unreachable",
    ]
}
