/// `politeness`: how gently each origin is asked.
package struct PolitenessConfig: Hashable, Sendable {
    /// Requests in flight to one origin.
    package var perOriginInFlight = 1

    /// Gap between request starts to one origin; zero means none.
    package var crawlDelay: Duration = .seconds(1)

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.int("per_origin_in_flight", &perOriginInFlight)
        section.duration("crawl_delay", &crawlDelay)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("politeness")
        check.int("per_origin_in_flight", perOriginInFlight, 1...1000)
        check.duration("crawl_delay", crawlDelay, .zero...Duration.days(1))
        return check.faults
    }
}
