import CrawlCore

/// The figures of one policy for one class of outage.
struct OutageFigures {
    /// Requests that were sent while the origin was broken.
    var wasted = 0
    /// Marks on pages or origins that had not failed for an hour.
    var falseMarks = 0
    /// Pages that were due or asked in the outage and never fetched again in the month, though the origin recovered.
    var missed = 0
    /// Outages that were seen for an hour.
    var incidents = 0
    var alerts = 0
    /// From an outage's first failing answer to its first alert, milliseconds.
    var toAlert: [Int64] = []
    /// From an outage's end to the first good fetch of a page that it had hit.
    var lag: [Int64] = []
    /// The same, to the last of those pages.
    var lastLag: [Int64] = []
    /// `lag` as a share of the outage's length.
    var lagShare: [Double] = []
    /// Failing requests an hour and more after the outage's first: what it takes to see the end.
    var looks = 0

    private static let hour: Int64 = 3_600_000

    init() {}

    /// By class.
    static func all(_ record: CrawlRecord, of month: SimulatedMonth) -> [OutageClass: OutageFigures] {
        var all: [OutageClass: OutageFigures] = [:]
        let marks = Dictionary(grouping: record.marks, by: \.origin).mapValues { $0.map(\.at) }
        let alerts = Dictionary(grouping: record.alerts, by: \.origin).mapValues { $0.map(\.at) }
        for (number, origin) in month.origins.enumerated() {
            all[origin.outage.kind, default: OutageFigures()].add(
                origin, record.pages[number], robotsFailures: record.robotsFailures[number],
                marks: marks[number] ?? [], alerts: alerts[number] ?? [])
        }
        return all
    }

    private mutating func add(
        _ origin: SimulatedMonth.Origin, _ pages: [[CrawlRecord.Answer]], robotsFailures: [Int64], marks: [Int64],
        alerts: [Int64]
    ) {
        let outage = origin.outage
        let failures = robotsFailures + pages.flatMap { $0.lazy.filter { !$0.isGood }.map(\.at) }
        let first = failures.min()
        wasted += failures.count
        looks += failures.count { $0 - (first ?? .max) > Self.hour }
        falseMarks += marks.count { $0 - (first ?? .max) < Self.hour || !outage.contains($0) }
        self.alerts += alerts.count
        if let first, outage.kind.isIncident, outage.to == .max || outage.to - first >= Self.hour {
            incidents += 1
            if let told = alerts.min() { toAlert.append(told - first) }
        }
        guard outage.to != .max else { return }
        var lags: [Int64] = []
        for (page, due) in zip(pages, origin.firstDue) where Self.isHit(page, firstDue: due, outage) {
            guard let good = page.first(where: { $0.isGood && $0.at >= outage.to }) else {
                missed += 1
                continue
            }
            lags.append(good.at - outage.to)
        }
        guard let soonest = lags.min(), let latest = lags.max() else { return }
        lag.append(soonest)
        lastLag.append(latest)
        lagShare.append(Double(soonest) / Double(outage.to - outage.from))
    }

    /// Asked while the origin was broken, or due then as its last good answer before has it.
    private static func isHit(_ page: [CrawlRecord.Answer], firstDue: Int64, _ outage: SimulatedMonth.Outage) -> Bool {
        let last = page.last { $0.isGood && $0.at < outage.from }
        let due = last.map { $0.at + SimulatedMonth.recrawl.ms } ?? firstDue
        return outage.contains(due) || page.contains { outage.contains($0.at) }
    }

    static func + (a: OutageFigures, b: OutageFigures) -> OutageFigures {
        var sum = a
        sum.wasted += b.wasted
        sum.falseMarks += b.falseMarks
        sum.missed += b.missed
        sum.incidents += b.incidents
        sum.alerts += b.alerts
        sum.toAlert += b.toAlert
        sum.lag += b.lag
        sum.lastLag += b.lastLag
        sum.lagShare += b.lagShare
        sum.looks += b.looks
        return sum
    }

    static func median<Value: Comparable>(_ values: [Value]) -> Value? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}
