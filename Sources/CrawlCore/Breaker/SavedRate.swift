/// How many requests a day a mark saves: what the pending schedule would go on to send, but never more than the origin's
/// crawl delay allows.
package struct SavedRate: Sendable, Hashable {
    /// Probes that one pending URL would get a day.
    package var perURL: Double
    /// What the crawl delay allows in a day; infinite without one.
    package var most: Double

    package init(probes: HealthRules, delay: Duration) {
        let last = probes.probe(after: probes.probes.last ?? probes.brokenAfter).difference
        perURL = Self.day / Double(max(last.ms, 1))
        most = delay > .zero ? Self.day / Double(delay.ms) : .infinity
    }

    private static let day = 86_400_000.0

    package func perDay(urls: Int) -> Double { min(Double(urls) * perURL, most) }
}
