/// Where a redirected URL leads: a URL of its own, to be scheduled like any other.
package struct Redirect: Sendable, Hashable {
    package var target: CrawlURL
    /// 301 or 308 (RFC 9110 §15.4.2, §15.4.9): the old URL is not asked again by itself.
    package var isPermanent: Bool

    package init(target: CrawlURL, isPermanent: Bool) {
        self.target = target
        self.isPermanent = isPermanent
    }

    /// Redirects from the URL that was enqueued to the last that is followed; RFC 9110 §15.4 leaves the number open,
    /// browsers take 20, crawlers 5 to 10.
    package static let limit = 10

    /// Why a redirect was not followed; raw values are stored.
    package enum Problem: String, Error {
        case loop = "redirect-loop"
        case tooMany = "too-many-redirects"
        /// Its Location is missing, unreadable, or no URL that can be crawled.
        case noTarget = "no-target"
        /// Its target is of an origin that the frontier has no number for: see `URLKey.maxOrigin`.
        case full = "frontier-full"
    }
}

extension FetchResult {
    /// A 3xx whose Location can be followed: a redirect, whatever became of its body.
    package var leadsElsewhere: Bool {
        flags.contains(.headersComplete) && (300..<400).contains(status) && status != 304
            && details?.redirectURL != nil
    }
}
