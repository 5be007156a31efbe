/// A verdict on a whole origin costs at most 20 requests, however many URLs it has.
struct OriginCost: Invariant {
    let name = "origin-cost"

    func answered(_ answer: Answer, _ history: History) -> Breach? {
        let origin = answer.asked.target.origin
        let domain = history.domains[origin]
        guard history.open(at: origin).isEmpty, answer.nature.isBad, history.plan.origins[origin].pages >= 8,
            history.plan.origins[origin].behaviour == .outage,
            history.plan.origins[origin].whole(at: history.now) != nil
        else { return nil }
        let failures = domain.firstFailures.values.sorted()
        // Three that fail together trip the origin at once; of others each may have begun an hour of its own.
        guard failures.count >= RulesText.trip, let first = failures.first, history.now < first + RulesText.hour,
            // What fails under a guard is not the origin's doing.
            domain.guardedAt.map({ $0 < first }) ?? true
        else { return nil }
        let together = failures[2] < first + 60_000
        let limit = together ? RulesText.requestsToAnOriginsMark : RulesText.requestsToAnOriginsMark + 14
        guard domain.failuresSinceGood > limit else { return nil }
        return Breach(origin, "\(domain.failuresSinceGood) requests before the origin's mark, at most \(limit) are due")
    }
}
