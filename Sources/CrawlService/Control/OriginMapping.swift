import ControlAPI
import CrawlCore
import CrawlFrontier

extension OriginRecord {
    init(_ stored: StoredOrigin, wait: OriginWait?, delay: Duration, now: Instant) {
        let asked = stored.robots?.rules.crawlDelay
        self.init(origin: stored.key, crawlDelay: DurationText.text(max(delay, asked ?? .zero)))
        hold = stored.hold?.name
        waitsBecause = wait?.text
        if let block = stored.block, block.forgottenAt > now {
            // What the scheduler goes by is shorter if the clock was set back.
            let until = if case .blocked(let until, _)? = wait { until } else { block.until }
            blockedUntil = until > now ? until.text : nil
            blockLevel = block.level
        }
        incident = stored.incident?.description
        robots = stored.robots.map { RobotsRecord($0) }
    }
}

extension RobotsRecord {
    init(_ stored: StoredRobots) {
        self.init(
            askedAt: stored.askedAt.text, lastOutcome: stored.outcome?.name ?? "-", bytes: stored.bytes,
            sitemaps: stored.rules.sitemaps)
        lastStatus = stored.status > 0 ? stored.status : nil
        fault = stored.fault?.name
        fetchedAt = stored.copyAt?.text
        expiresAt = stored.expiresAt?.text
        foundAt = stored.foundAt
        crawlDelay = stored.rules.crawlDelay.map { DurationText.text($0) }
    }
}
