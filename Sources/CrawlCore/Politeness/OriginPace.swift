/// How fast an origin is asked, as far as politeness and its budget go.
package struct OriginPace: Sendable, Hashable {
    /// No request may start before.
    package var readyAt: Instant
    /// From one request to the next, on the average.
    package var gap: Duration
    /// When the next day begins.
    package var nextDay: Instant
    /// Ordinary requests that are left to it today, and how many it may have in a day; nil = as many as it likes.
    package var budget: Budget?

    /// As many requests are in flight, in all or at its address, as may be: others have to end first, and nobody knows when.
    package var isCrowded = false
    /// Ordinary URLs that were taken since the last one for its age alone.
    package var picks = 0

    package struct Budget: Sendable, Hashable {
        package var today: Int
        package var aDay: Int

        package init(today: Int, aDay: Int) {
            self.today = today
            self.aDay = aDay
        }
    }

    package init(readyAt: Instant, gap: Duration, nextDay: Instant) {
        self.readyAt = readyAt
        self.gap = gap
        self.nextDay = nextDay
    }

    /// When a request starts that has so many before it.
    package func time(after ahead: Int) -> Instant {
        guard let budget, ahead >= budget.today else { return readyAt + gap * ahead }
        let (rest, aDay) = (ahead - budget.today, max(budget.aDay, 1))
        let day = max(nextDay, readyAt) + .milliseconds(Int64(rest / aDay) * 86_400_000)
        return day + gap * (rest % aDay)
    }
}
