import CrawlCore
import CrawlTesting

/// The month under the retry rule of another crawler: page by page, because none of the rules looks further.
struct PolicyReplay {
    let month: SimulatedMonth

    func run<Policy: RetryPolicy>(_: Policy.Type) -> CrawlRecord {
        var record = CrawlRecord(name: Policy.name, month: month)
        for (number, origin) in month.origins.enumerated() {
            for (page, due) in origin.firstDue.enumerated() {
                var policy = Policy()
                var run = due
                var next: Int64? = due
                while let at = next, at < SimulatedMonth.length.ms {
                    let isGood = !origin.outage.contains(at)
                    record.pages[number][page].append(CrawlRecord.Answer(at: at, isGood: isGood))
                    guard !isGood else {
                        policy.fetched()
                        run = at + SimulatedMonth.recrawl.ms
                        next = run
                        continue
                    }
                    if Policy.takesErrorsForPages { record.errorsStored += 1 }
                    switch policy.failed() {
                    case .again(let wait, let givesUp):
                        if givesUp { record.marks.append(CrawlRecord.Mark(at: at, origin: number)) }
                        next = at + wait.ms
                    case .nextRun:
                        run += SimulatedMonth.recrawl.ms
                        next = run
                    case .never:
                        record.marks.append(CrawlRecord.Mark(at: at, origin: number))
                        next = nil
                    }
                }
            }
        }
        return record
    }
}
