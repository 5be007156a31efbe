import CrawlFrontier

/// Rows that URLs share fit together, whatever an operator does at whatever moment: looked at after each step of the
/// operator's, after each restart and at every survey. See `SharedRows` for what that is. A URL that is held is asked again by somebody, an incident that is open can end.
struct SharedRowsFit: Invariant {
    let name = "shared-rows"
    let holdsUnderHands = true

    func committed(_ store: FrontierStore, _ history: History) throws -> Breach? {
        guard let fault = try store.sharedFaults().first else { return nil }
        return Breach(nil, "\(fault.subject) (\(fault.number ?? 0)): \(fault.kind.rawValue)")
    }
}
