import CrawlCore

extension EnqueueOptions {
    /// Of the row of a sitemap. It leads to work, and there are few: it goes before pages. It is read when it was asked
    /// for, and then not fetched again.
    static var sitemapDocument: EnqueueOptions {
        var options = EnqueueOptions()
        options.priority = 100
        options.recrawl = .never
        options.force = true
        return options
    }
}

extension SitemapHint {
    /// A change further ahead than any zone can make of today is no change.
    private static let ahead = Duration.seconds(36 * 3600)

    /// The page may have changed after it was last fetched; false for one that never was, which is due anyway.
    func tellsOfChange(since lastAt: Instant?, now: Instant) -> Bool {
        guard let lastAt, let lastModified, lastModified <= now + Self.ahead else { return false }
        return lastAt < min(lastModified, now)
    }
}
