import ArgumentParser
import ControlAPI

struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What the daemon knows and does.",
        discussion: """
            "due now" are URLs whose time has come, to the minute; "waiting" says how many origins keep theirs, each by the
            first rule that does.

            EXAMPLES
              crawlctl status
              crawlctl --json status | jq .urls
              crawlctl --json status | jq '{due_now, rate_1m, seconds_left, waiting}'
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb

    func run(in session: Session) throws {
        try session.send(APIRequest(.get, Routes.status), as: StatusReport.self) { report in
            let table = Table(
                columns: [.init(title: ""), .init(title: "")], rows: Self.rows(report), showsTitles: false)
            for line in table.lines(width: session.terminal.width) { session.terminal.line(line) }
        }
    }

    static func rows(_ report: StatusReport) -> [[String]] {
        var rows = [
            ["crawld", "\(report.version), up \(SpanText.text(ms: report.uptimeSeconds.multipliedClamped(by: 1000)))"],
            ["state", state(report)],
            ["urls", NumberText.count(report.urls.values.reduce(0, +))],
        ]
        rows += counts(report.urls)
        rows.append(["in flight", NumberText.count(report.inFlight)])
        rows += StatusFlow.rows(report)
        rows += StatusFlow.names(report)
        rows.append(["fetches", NumberText.count(report.fetches.values.reduce(0, +)) + " since the start"])
        rows += counts(report.fetches)
        rows.append([
            "today",
            CountText.text(report.budget.spent, "request")
                + (report.budget.perDay > 0 ? " of \(NumberText.count(report.budget.perDay))" : "")
                + (report.budget.perOriginPerDay > 0
                    ? ", each origin up to \(NumberText.count(report.budget.perOriginPerDay))" : ""),
        ])
        rows.append([
            "requests",
            "\(NumberText.count(Int(clamping: report.budget.spentTotal))) in all, "
                + "\(NumberText.count(Int(clamping: report.budget.wastedTotal))) met a failure, "
                + "\(NumberText.count(Int(clamping: report.budget.savedTotal))) saved",
        ])
        if report.sitemapsOpen > 0 {
            rows.append(["sitemaps", "\(NumberText.count(report.sitemapsOpen)) being read: crawlctl sitemaps"])
        }
        rows += results(report.results)
        rows += guards(report.guards)
        rows += suspects(report)
        if report.originsApart > 0 {
            rows.append([
                "asked apart",
                "\(CountText.text(report.originsApart, "origin")) that cost more than \(report.originsApart == 1 ? "its" : "their") share",
            ])
        }
        rows.append(["incidents", "\(NumberText.count(report.incidentsOpen)) open"])
        if let look = report.nextLook { rows += [["  first", look.detail], ["  of", look.url]] }
        rows.append([
            "alerts",
            "\(NumberText.count(report.alertsPending)) waiting for delivery"
                + (report.alertsGivenUp > 0 ? ", \(NumberText.count(report.alertsGivenUp)) given up" : ""),
        ])
        rows.append([
            "database", "\(NumberText.bytes(report.databaseBytes)), WAL \(NumberText.bytes(report.walBytes))",
        ])
        rows += workers(report)
        if let limit = report.localLimit {
            rows.append([
                "LOCAL LIMIT", "no socket can be had since \(limit.since), nothing new is fetched: \(limit.error)",
            ])
        }
        if let error = report.storageError { rows.append(["STORAGE", error]) }
        return rows
    }

    /// Nothing where nothing is kept.
    private static func results(_ report: ResultsReport?) -> [[String]] {
        guard let report else { return [] }
        return [["results", "\(NumberText.count(report.rows)) kept: crawlctl results"]]
            + report.consumers.map { consumer in
                let lost = consumer.gone(begins: report.begins)
                return [
                    "  " + consumer.name,
                    "\(NumberText.count(consumer.behind)) behind"
                        + (lost > 0 ? ", \(NumberText.count(lost)) of them gone" : ""),
                ]
            }
    }

    private static func state(_ report: StatusReport) -> String {
        let paused = report.paused ? "paused: crawlctl resume goes on" : nil
        let full = report.storageFullSince.map {
            "storage-full since \($0): nothing is fetched until the disk has room"
        }
        return full.map { [$0, paused].compactMap(\.self).joined(separator: "; ") } ?? paused ?? "running"
    }

    /// Nothing while all is well.
    private static func guards(_ guards: GuardsRecord) -> [[String]] {
        var rows = guards.storms.map { storm in
            [
                "STORM",
                "\(CountText.text(storm.domains, "site")) behind \(storm.edge) \(storm.domains == 1 ? "fails" : "fail") since \(storm.since): nothing there is marked",
            ]
        }
        switch guards.offline {
        case .offline:
            rows.append(["OFFLINE", "no site answers since \(guards.offlineSince ?? "-"): one is asked every 30 s"])
        case .off:
            rows.append([
                "offline guard", "off: fewer than \(GuardsRecord.domainsNeeded) sites gave a good answer in a day",
            ])
        case .on: break
        }
        return rows
    }

    /// Nothing while all of them get on.
    private static func workers(_ report: StatusReport) -> [[String]] {
        var rows: [[String]] = []
        if report.workerLongestCallMs > 0 {
            rows.append([
                "workers",
                "up to \(NumberText.count(Int(clamping: report.workerLongestCallMs))) ms in one call into libcurl",
            ])
        }
        if !report.workersStuck.isEmpty {
            let numbers = report.workersStuck.map { "\($0)" }.joined(separator: ", ")
            rows.append(["STUCK", "no sign of life from worker \(numbers) for 5 s and more"])
        }
        return rows
    }

    /// Nothing while there are none.
    private static func suspects(_ report: StatusReport) -> [[String]] {
        guard report.suspects > 0 else { return [] }
        let putBack = report.suspectsPutBack
        return [
            [
                "SUSPECTS",
                "\(NumberText.count(report.suspects)) \(report.suspects == 1 ? "was" : "were") in flight when crawld ended by a fault of its own, each is asked alone"
                    + (putBack > 0 ? "; \(NumberText.count(putBack)) put back" : ""),
            ]
        ]
    }

    /// The largest first; what is zero is left out.
    private static func counts(_ counts: [String: Int]) -> [[String]] {
        counts.filter { $0.value != 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { ["  " + $0.key, NumberText.count($0.value)] }
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
