import CrawlCore

/// No request is started at an address that is full, whatever name it is for and whichever address those in flight were
/// sent to first.
struct AddressRoom: Invariant {
    let name = "address"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        guard let address = asked.sendsTo?.first else { return nil }
        let origin = asked.target.origin
        let most =
            history.plan.origins[origin].isBehindEdge ? RulesText.perEdgeAddress : RulesText.perAddress
        let there = history.requests(at: address, before: asked.steady)
        guard there >= most else { return nil }
        return Breach(origin, "\(asked.target) is asked at \(address) beside \(there) other requests")
    }
}
