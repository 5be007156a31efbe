import ControlAPI
import CrawlCore
import CrawlFrontier

extension StatusReport {
    /// What is due, how fast it goes, and why it waits. Origins that the store holds come last: whatever else keeps them,
    /// only canaries and robots.txt files are asked.
    mutating func tell(due: Int, _ snapshot: CrawlLoop.Snapshot, held: [OriginRobots.Hold: Int]) {
        dueNow = due
        rate10s = Self.rounded(snapshot.rate10s)
        rate1m = Self.rounded(snapshot.rate1m)
        secondsLeft = snapshot.rate1m > 0 ? Int64((Double(due) / snapshot.rate1m).rounded(.up)) : nil
        let origins = snapshot.waits.origins
        if let storage = snapshot.storage {
            let all = origins.values.reduce(0, +)
            waiting = all > 0 ? [WaitingRecord(rule: storage.rule, origins: all)] : []
        } else {
            waiting = WaitRule.allCases.compactMap { rule in
                guard let count = origins[rule] else { return nil }
                let next = rule == .retryAfter ? snapshot.waits.nextAfterBlock?.text : nil
                var record = WaitingRecord(rule: rule.name, origins: count, nextAt: next)
                if rule == .address, let busy = snapshot.busiestAddress {
                    record.busiest = .init(
                        address: busy.address.description, origins: busy.origins, inFlight: busy.inFlight)
                }
                return record
            }
        }
        waiting += OriginRobots.Hold.allCases.compactMap { hold in
            held[hold].map { WaitingRecord(rule: hold.name, origins: $0) }
        }
    }

    /// To thousandths: one answer in a minute is seen.
    private static func rounded(_ rate: Double) -> Double { (rate * 1000).rounded() / 1000 }
}
