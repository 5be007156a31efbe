import CrawlTesting

/// The table, 120 columns at most, and the aims beside it.
struct TableReport {
    /// Our own rule before rechecks went by the outage's age.
    static let doubling = "doubling"

    let month: SimulatedMonth
    private let rows: [(record: CrawlRecord, figures: [OutageClass: OutageFigures])]
    private let aims: [Aim]

    init(month: SimulatedMonth, records: [CrawlRecord]) {
        self.month = month
        let rows = records.map { ($0, OutageFigures.all($0, of: month)) }
        func figures(_ name: String) -> Aim.Figures { rows.first { $0.0.name == name }?.1 ?? [:] }
        aims = Aim.all(ours: rows.last?.1 ?? [:], doubling: figures(Self.doubling), naive: figures(Naive.name))
        self.rows = rows
    }

    var isMissed: Bool { aims.contains { !$0.isMet } }

    var text: String {
        let outages = OutageClass.allCases.map { kind in
            "\(month.origins.count { $0.outage.kind == kind }) of \(kind.name)"
        }
        var parts = [
            """
            \(month.origins.count) origins, \(month.pages) pages, each due once a day, 30 days, seed \(month.seed)
            outages: \(outages.joined(separator: ", "))
            """,
            table.text, notes,
        ]
        var list = TextTable(["aim", "found", ""])
        for aim in aims { list.add([aim.text, aim.found, aim.isMet ? "met" : "MISSED"]) }
        parts.append(list.text)
        return parts.joined(separator: "\n\n")
    }

    private var table: TextTable {
        var table = TextTable([
            "policy", "outage", "wasted", "looks", "false", "missed", "to alert", "good again", "share", "worst",
            "last page", "alerts",
        ])
        for (record, figures) in rows {
            for kind in OutageClass.allCases {
                guard let figure = figures[kind] else { continue }
                table.add(cells(record, kind.name, figure))
            }
            table.add(cells(record, "all", figures.values.reduce(OutageFigures(), +)))
        }
        return table
    }

    private func cells(_ record: CrawlRecord, _ outage: String, _ figure: OutageFigures) -> [String] {
        [
            record.name, outage, "\(figure.wasted)", "\(figure.looks)", "\(figure.falseMarks)", "\(figure.missed)",
            WaitText.of(OutageFigures.median(figure.toAlert)), WaitText.of(OutageFigures.median(figure.lag)),
            ShareText.of(OutageFigures.median(figure.lagShare)), ShareText.of(figure.lagShare.max()),
            WaitText.of(figure.lastLag.max()),
            record.sendsAlerts ? "\(figure.alerts) of \(figure.incidents)" : "-",
        ]
    }

    private var notes: String {
        let stored = rows.filter { $0.record.errorsStored > 0 }.map {
            "\($0.record.name) took \($0.record.errorsStored) error pages for pages."
        }
        return
            ([
                """
                wasted      requests answered 520
                looks       of these, those an hour and more after the outage's first: what it takes to see its end
                false       pages or origins given up that had not failed for an hour
                missed      pages that the outage hit and that were not fetched again in the month, though it ended
                to alert    from the first failing answer to the alert, median over the outages
                good again  from an outage's end to the first good fetch of a page that it hit, median; last page: the worst
                share       the same as a share of the outage, median; worst: the worst
                alerts      sent, of the outages that last long enough to be told of
                """
            ] + stored).joined(separator: "\n")
    }
}
