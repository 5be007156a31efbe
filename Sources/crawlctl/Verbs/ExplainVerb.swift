import ArgumentParser
import ControlAPI

struct ExplainVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Why a URL is not being fetched, by which rule, and until when.",
        discussion: """
            Of a URL that is due and has others of its origin before it, its place among them is told, and about when
            that lets it be asked; more than 10,000 are not counted.

            EXAMPLES
              crawlctl explain https://example.com/page
              crawlctl --json explain https://example.com/page | jq '.because[0].rule'
              crawlctl --json explain https://example.com/page | jq .queue.place
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "The URL; it is compared in canonical form.") var url: String

    func run(in session: Session) throws {
        try session.send(APIRequest(.get, Routes.explain, query: [(name: "url", value: url)]), as: Explanation.self) {
            explanation in
            let rows = Self.rows(explanation, session.times)
            let table = Table(columns: [.init(title: ""), .init(title: "")], rows: rows, showsTitles: false)
            for line in table.lines(width: nil) { session.terminal.line(line) }
        }
    }

    static func rows(_ explanation: Explanation, _ times: TimeText) -> [[String]] {
        var rows = [
            ["url", explanation.url], ["state", explanation.state],
            ["next attempt", times.both(explanation.nextAttemptAt)],
        ]
        if explanation.because.isEmpty { rows.append(["because", "it is due, and its turn comes"]) }
        for reason in explanation.because {
            let until = reason.until.map { ", until \(times.both($0))" } ?? ""
            rows.append(["because", "\(reason.rule): \(reason.detail)\(until)"])
        }
        if let incident = explanation.incident { rows.append(["incident", incident]) }
        if let fault = explanation.robots { rows.append(["robots", fault]) }
        if let apart = explanation.askedApart {
            let until = apart.until.map { "until \(times.both($0))" } ?? "until its streak of failures ends"
            rows.append(["asked apart", "\(apart.reason): since \(times.both(apart.since)), \(until)"])
        }
        rows.append(["requests", Self.text(explanation.ledger)])
        return rows + explanation.history.map { ["attempt", Self.line($0, times)] }
    }

    private static func text(_ ledger: LedgerRecord) -> String {
        func count(_ number: Int64?) -> String { number.map { NumberText.count(Int(clamping: $0)) } ?? "unknown" }
        let whose =
            switch ledger.scope {
            case "origin": ", of the whole origin"
            case "partial": ", of all URLs of the incident"
            default: ""
            }
        // The words of `status`.
        return
            "\(count(ledger.spent)) in all, \(count(ledger.wasted)) met a failure, \(count(ledger.saved)) saved\(whose)"
    }

    static func line(_ attempt: AttemptRecord, _ times: TimeText) -> String {
        let parts = [
            times.both(attempt.at), attempt.outcome + (attempt.status.map { " \($0)" } ?? ""),
            attempt.connectionEnd.map { "cut by us: \($0)" },
            attempt.error ?? attempt.curlCode.map { "curl error \($0)" }, attempt.cfRay.map { "cf-ray \($0)" },
            words(attempt), attempt.cfErrorType,
            attempt.retryAfter.flatMap { $0 > 0 ? "asks for \(DurationText.text(.seconds($0)))" : nil },
            attempt.remoteIP.map { "from \($0)" }, attempt.viaProxy ? "through a proxy" : nil,
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// `Cloudflare 522 connection_timeout (origin, retryable)`; nil = the edge said nothing.
    private static func words(_ attempt: AttemptRecord) -> String? {
        let named = [attempt.cfCode.map { "\($0)" }, attempt.errorName].compactMap(\.self)
        let judged = [attempt.errorCategory, attempt.retryable.map { $0 ? "retryable" : "not retryable" }]
            .compactMap(\.self)
        guard !named.isEmpty || !judged.isEmpty else { return nil }
        let details = judged.isEmpty ? [] : ["(\(judged.joined(separator: ", ")))"]
        return (["Cloudflare"] + named + details).joined(separator: " ")
    }
}
