package import CrawlCore

/// What could not be stored.
package struct Unstored: Sendable {
    /// Of the URL, or the ticket of a robots.txt; nil = it belongs to none.
    package var id: Int64?
    package var reason: String
    /// When the URL is asked again.
    package var until: Instant?
    /// Others since the last one that was told of.
    package var leftOut = 0
}
