package import CrawlCore
package import CrawlService

extension CrawlLoop.Settings {
    /// Nothing is drawn, and every moment is as the rules have it: for timelines to the millisecond.
    package static func exact(
        delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings {
        var settings = CrawlLoop.Settings()
        settings.rules.crawlDelay = delay
        settings.rules.health.jitter = 0
        settings.rules.jitter = 0
        settings.rules.clockGrain = .zero
        settings.rules.robots.obeys = false
        edit(&settings.rules)
        return settings
    }
}
