import CrawlCore

/// When a delivery that failed is tried again.
///
///     attempts before   0    1    2    3    …
///     wait              10 s 20 s 40 s 80 s …  1 h
enum DeliveryBackoff {
    static let first = Duration.seconds(10)
    static let longest = Duration.seconds(3600)
    static let maxErrorBytes = 256

    /// `attempts`: those made before the one that has just failed.
    static func wait(afterAttempts attempts: Int) -> Duration {
        Backoff.doubling(from: first, step: attempts, limit: longest)
    }

    /// `text`, cut between two characters to what a row keeps.
    static func errorText(_ text: String) -> String {
        var end = text.startIndex
        var bytes = 0
        while end < text.endIndex {
            bytes += text[end].utf8.count
            guard bytes <= maxErrorBytes else { break }
            end = text.index(after: end)
        }
        return String(text[..<end])
    }
}
