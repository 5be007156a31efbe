import CrawlCore

/// The numbers of the rules as their text has them, written down a second time: what the oracle counts with must not
/// come from what it checks.
enum RulesText {
    static let burst: [Int64] = [1, 2, 4, 8].map { $0 * 1000 }
    static let probes: [Int64] = [5, 15, 30, 45, 60].map { $0 * 60_000 }
    static let lastDifference: Int64 = 15 * 60_000
    static let hour: Int64 = 3_600_000
    static let day = 24 * hour
    static let minProbeTimes = 4
    static let maxGap: Int64 = 40 * 60_000
    static let resolveAfter = 2
    static let resolveGap: Int64 = 60_000
    static let retry: Int64 = 60_000
    /// After a request that our own machine had no socket for.
    static let afterLocalLimit: Int64 = 1000
    static let neutralTriesPerStep = 5
    static let crawlDelay: Int64 = 1000
    static let perAddress = 4
    static let perEdgeAddress = 64
    static let leastTTL: Int64 = 60_000
    /// Beyond their TTL addresses may be used while the servers fail.
    static let staleFor = hour
    /// Another site's answer that shows that it is not us.
    static let othersWithin: Int64 = 60_000
    static let slots = 8
    static let urlIncidents = 10
    static let trip = 3
    static let conditionalPairs = 2
    static let requestsToAnOriginsMark = 20
    static let resolveHold: Int64 = 30 * 60_000
    static let stormWindow: Int64 = 20 * 60_000
    static let stormDomains = 5
    static let stormShare = 0.1
    static let offlineWindow: Int64 = 60_000
    static let offlineDomains = 5
    static let offlineGap: Int64 = 30_000
    /// From a decision to what it leads to: one commit, and the requests that were under way.
    static let slack: Int64 = 3000

    /// The first probe offset after `elapsed` of a window.
    static func probe(after elapsed: Int64) -> Int64 {
        if let next = probes.first(where: { $0 > elapsed }) { return next }
        var next = probes[probes.count - 1]
        while next <= elapsed { next += lastDifference }
        return next
    }

    /// Burst steps whose time is past, counted from the first observation.
    static func burstSteps(by offset: Int64) -> Int {
        var (at, steps) = (Int64(0), 0)
        for wait in burst {
            at += wait
            if at <= offset { steps += 1 }
        }
        return steps
    }

    /// The latest step to which Retry-After may put off the next attempt, from the window's first observation: two probe
    /// differences on, but so that the probe times that are missing can still come, one a step, and the last at the hour.
    static func latest(after elapsed: Int64, probeTimes: Int) -> Int64 {
        let next = probe(after: elapsed)
        guard elapsed < hour else { return next }
        let missing = max(minProbeTimes - probeTimes, 1)
        let step = probes.filter { $0 <= hour }.dropLast(missing - 1).last ?? 0
        return max(next, min(step, elapsed + 2 * lastDifference))
    }

    /// An eighth of the age, half an hour at least and a day at most.
    static func recheck(age: Int64) -> Int64 { min(max(hour / 2, age / 8), day) }
}
