/// `recrawl`: when a URL is due again after a good answer.
package struct RecrawlConfig: Hashable, Sendable {
    /// For URLs enqueued without one; nil (`never`) means that one good answer is enough.
    package var interval: Duration?

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.durationOrNever("interval", &interval)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("recrawl")
        if let interval { check.duration("interval", interval, .seconds(1)...Duration.days(3650)) }
        return check.faults
    }
}
