/// No origin over its rate: a crawl delay between request starts, one in flight, no request while it asked to wait.
struct OriginRate: Invariant {
    let name = "rate"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        let origin = asked.target.origin
        let domain = history.domains[origin]
        if domain.inFlight > 0 { return Breach(origin, "\(asked.target) is asked while another request is in flight") }
        if domain.lastAskedAt > .min, asked.steady - domain.lastAskedAt < RulesText.crawlDelay {
            return Breach(origin, "\(asked.target) is asked \(asked.steady - domain.lastAskedAt) ms after another URL")
        }
        // A clock set forward shortens a block in steady time, which nobody can help.
        if asked.steady < domain.blockedUntil, history.timeline == 0 {
            return Breach(
                origin, "\(asked.target) is asked \(domain.blockedUntil - asked.steady) ms before Retry-After")
        }
        return nil
    }
}
