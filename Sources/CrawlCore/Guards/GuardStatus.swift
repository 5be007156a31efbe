/// What the guards see now.
package struct GuardStatus: Sendable, Hashable {
    /// Domains that were seen good in the last 24 h.
    package var domainsKnown = 0
    /// Since when we are offline; nil = we are not, or cannot tell.
    package var offlineSince: Instant?
    package var storms: [Storm] = []

    package struct Storm: Sendable, Hashable {
        package var period: GuardPeriod
        /// Over at the latest.
        package var until: Instant
        /// Domains that are asked by sample only.
        package var members: Int
    }

    package init() {}

    /// Too few domains are known to tell whether it is us.
    package var isOfflineGuardOff: Bool { offlineSince == nil && domainsKnown < StormRules.offlineDomains }
}

extension CrawlGuards {
    mutating func status(now: Instant) -> GuardStatus {
        book.forget(now: now)
        var status = GuardStatus()
        status.domainsKnown = book.count
        status.offlineSince = offline.period?.began
        status.storms = storms.compactMap { guarded in
            guarded.storm.map {
                GuardStatus.Storm(period: $0.period, until: latestEnd(of: $0.period), members: $0.members.count)
            }
        }
        return status
    }

}
