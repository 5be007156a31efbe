import CrawlTesting

/// What a crawler does after an answer 520. A value is one page's memory.
protocol RetryPolicy {
    static var name: String { get }
    /// The answer counts as a page: it is stored, and nothing is retried.
    static var takesErrorsForPages: Bool { get }
    init()
    mutating func fetched()
    mutating func failed() -> Reaction
}

extension RetryPolicy {
    static var takesErrorsForPages: Bool { false }
    mutating func fetched() { self = Self() }
}

enum Reaction {
    /// So long after this answer. `givesUp`: the page is marked as failed or gone from here on.
    case again(Duration, givesUp: Bool = false)
    /// This run is over for the page; the next day's run asks for it anew.
    case nextRun
    /// It is never asked again.
    case never
}

/// What "at once" comes to where one request a second is polite.
private let atOnce = Duration.seconds(1)

/// Scrapy 2, `RetryMiddleware`: `RETRY_TIMES` 2, without a wait; 520 added to `RETRY_HTTP_CODES`, whose default is 500,
/// 502, 503, 504, 522, 524, 408, 429. A spider that is run every day.
struct Scrapy: RetryPolicy {
    static let name = "Scrapy"
    private var retries = 0

    mutating func failed() -> Reaction {
        retries += 1
        guard retries <= 2 else {
            retries = 0
            return .nextRun
        }
        return .again(atOnce)
    }
}

/// Crawlee 3, `BasicCrawler`: `maxRequestRetries` 3, reclaimed to the head of its `RequestQueue`; then
/// `failedRequestHandler`, and the request is handled. A crawl that is run every day.
struct Crawlee: RetryPolicy {
    static let name = "Crawlee"
    private var retries = 0

    mutating func failed() -> Reaction {
        retries += 1
        guard retries <= 3 else {
            retries = 0
            return .nextRun
        }
        return .again(atOnce)
    }
}

/// StormCrawler, `AbstractStatusUpdaterBolt` and `DefaultScheduler`: `FETCH_ERROR` is asked again after
/// `fetchInterval.fetch.error` 120 min; the third (`max.fetch.errors` 3) makes it `ERROR`, and `fetchInterval.error` −1
/// means never.
struct StormCrawler: RetryPolicy {
    static let name = "StormCrawler"
    private var errors = 0

    mutating func failed() -> Reaction {
        errors += 1
        return errors < 3 ? .again(.hours(2)) : .never
    }
}

/// Nutch 1, `CrawlDbReducer` with `AbstractFetchSchedule`: `setPageRetrySchedule` adds a day; with the third failure
/// (`db.fetch.retry.max` 3) the page is `db_gone`, and `setPageGoneSchedule` makes the interval half as long again, each
/// time, up to `db.fetch.interval.max` (90 d).
struct Nutch: RetryPolicy {
    static let name = "Nutch"
    private var retries = 0
    private var interval = 24.0

    mutating func failed() -> Reaction {
        retries += 1
        guard retries >= 3 else { return .again(.hours(24)) }
        interval = min(interval * 1.5, 90 * 24)
        return .again(.hours(interval), givesUp: retries == 3)
    }
}

/// Heritrix 3, `CrawlURI.isSuccess`: every HTTP status is a success but for those that `FetchStatusCodes` reserves; the
/// error page is archived as the page.
struct Heritrix: RetryPolicy {
    static let name = "Heritrix"
    static let takesErrorsForPages = true

    mutating func failed() -> Reaction { .again(.hours(24)) }
}

/// Every 15 min for ever: what a script does.
struct Naive: RetryPolicy {
    static let name = "naive"

    mutating func failed() -> Reaction { .again(.minutes(15)) }
}
