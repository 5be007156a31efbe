import CrawlCore
import CrawlTesting

/// What nobody can reach: an outage costs the one request that meets it, and its pages are asked at its very end.
struct HindsightReplay {
    static let name = "hindsight"
    let month: SimulatedMonth

    func run() -> CrawlRecord {
        var record = CrawlRecord(name: Self.name, month: month)
        for (number, origin) in month.origins.enumerated() {
            let outage = origin.outage
            var first: (page: Int, at: Int64)?
            for (page, due) in origin.firstDue.enumerated() {
                var next = due
                while next < SimulatedMonth.length.ms {
                    guard outage.contains(next) else {
                        record.pages[number][page].append(CrawlRecord.Answer(at: next, isGood: true))
                        next += SimulatedMonth.recrawl.ms
                        continue
                    }
                    if next < first?.at ?? .max { first = (page, next) }
                    next = outage.to
                }
            }
            guard let first else { continue }
            record.pages[number][first.page].append(CrawlRecord.Answer(at: first.at, isGood: false))
            record.pages[number][first.page].sort { $0.at < $1.at }
        }
        return record
    }
}
