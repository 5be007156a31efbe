import CrawlCore

/// No request is started for a name without an address: its name was looked up in this life of the daemon and gave the
/// address that it goes to, or gave it last before the servers began to fail, no longer than an hour beyond its TTL.
struct Named: Invariant {
    let name = "named"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        guard let plan = history.plan.names else { return nil }
        let origin = asked.target.origin
        guard let sendsTo = asked.sendsTo else {
            return Breach(origin, "\(asked.target) is asked, and nobody was told where")
        }
        guard plan.hosts[origin].addresses.contains(sendsTo.first) else {
            return Breach(origin, "\(asked.target) is asked at \(sendsTo.first), which is not its name's")
        }
        guard let known = history.names[origin] else {
            return Breach(origin, "\(asked.target) is asked before its name was looked up")
        }
        // What is told at this very moment may not have been heard.
        guard known.at < asked.steady else { return nil }
        if known.isWithout { return Breach(origin, "\(asked.target) is asked, and its name has no address") }
        guard asked.steady > known.usableUntil + RulesText.slack else { return nil }
        return Breach(origin, "\(asked.target) is asked at an address whose time is long over")
    }
}
