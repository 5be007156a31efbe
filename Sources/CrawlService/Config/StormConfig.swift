import CrawlCore

/// `storm`: when failures behind one edge are one event and not many.
package struct StormConfig: Hashable, Sendable {
    /// More than this share of the domains asked behind the edge in the window; 1 = never.
    package var share = 0.1

    /// And at least so many.
    package var minDomains = 5

    /// Domains turned bad, and domains asked, within it.
    package var window: Duration = .minutes(20)

    /// A storm is over after this, and what still fails is judged one by one.
    package var max: Duration = .hours(6)

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.double("share", &share)
        section.int("min_domains", &minDomains)
        section.duration("window", &window)
        section.duration("max", &max)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("storm")
        check.require((0...1).contains(share), "share", "\(share)", "must be from 0 to 1")
        check.int("min_domains", minDomains, 2...10_000)
        check.duration("window", window, .minutes(1)...Duration.hours(24))
        check.duration("max", max, .minutes(10)...Duration.days(365))
        return check.faults
    }

    var rules: StormRules {
        var rules = StormRules()
        rules.share = share
        rules.minDomains = minDomains
        rules.window = window
        rules.max = max
        return rules
    }
}
