internal import CrawlCore

/// When a page was last changed, by any of the fields that say so: `lastmod` and Atom's `updated` are W3C dates, RSS's
/// `pubDate` one of mail, and each is met where the other belongs.
enum SitemapDate {
    /// The last moment that `text` may mean; nil = it says none.
    static func latest(_ text: [UInt8]) -> Instant? { W3CDate.latest(text) ?? MailDate.latest(text) }
}
