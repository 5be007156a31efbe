import ControlAPI

/// `recrawl`: when a URL is due again after a good answer.
package struct RecrawlConfig: Hashable, Sendable {
    /// For URLs enqueued without one; nil (`never`) means that one good answer is enough.
    package var interval: Duration?

    /// What an adaptive interval never falls below.
    package var minInterval: Duration = .minutes(1)

    /// What an adaptive interval never exceeds; a page that is gone goes there at once.
    package var maxInterval: Duration = .days(365)

    /// URLs enqueued without a recrawl adapt, from `interval` on; false: they keep to it. Nothing to adapt if that is
    /// `never`.
    package var adaptive = true

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.durationOrNever("interval", &interval)
        section.duration("min_interval", &minInterval)
        section.duration("max_interval", &maxInterval)
        section.bool("adaptive", &adaptive)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("recrawl")
        let range = Duration.seconds(1)...Duration.days(3650)
        if let interval { check.duration("interval", interval, range) }
        check.duration("min_interval", minInterval, range)
        check.duration("max_interval", maxInterval, range)
        check.require(
            minInterval <= maxInterval, "min_interval", DurationText.text(minInterval),
            "must be at most max_interval (\(DurationText.text(maxInterval)))", related: ["max_interval"])
        return check.faults
    }
}
