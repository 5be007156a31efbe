/// Why a URL is `refused`: the rule and what it says. Kept with the URL until the rule changes.
package struct Refusal: Sendable, Hashable {
    /// Raw values are stored and never change.
    package enum Rule: UInt8, Sendable {
        case robots = 1
        /// robots.txt asks for a longer Crawl-delay than `politeness.max_crawl_delay`.
        case crawlDelay = 2
        case addressGuard = 3
        case requestTooLarge = 4

        package var name: String {
            switch self {
            case .robots: "robots"
            case .crawlDelay: "max-crawl-delay"  // `crawl-delay` is what a URL waits for that may be asked
            case .addressGuard: "address-guard"
            case .requestTooLarge: "request-too-large"
            }
        }
    }

    package var rule: Rule
    /// `line 12: Disallow: /private/`, `10.0.0.1`; a stranger's text, cut and cleaned; "" = the rule says it all.
    package var text: String

    package init(_ rule: Rule, _ text: String = "") {
        self.rule = rule
        self.text = text
    }

    /// As users read it.
    package var description: String { text.isEmpty ? rule.name : "\(rule.name): \(text)" }

    /// The rule of ours that refused an attempt; nil = none did.
    init?(_ result: FetchResult) {
        if result.flags.contains(.addressRefused) {
            self.init(.addressGuard, result.details?.refusedAddress?.description ?? "")
        } else if result.flags.contains(.requestTooLarge) {
            self.init(.requestTooLarge)
        } else {
            return nil
        }
    }
}

/// What refuses URLs, as far as the configuration says it.
package struct RefusalPolicy: Sendable, Hashable {
    package var robots = RobotsSettings()
    /// Whatever else refuses URLs (`fetch.allow_addresses`): a change of this text brings them back.
    package var guards = ""

    package init() {}

    /// Differs whenever a URL that was refused might not be any more.
    package var stamp: String { "\(robots.obeys) \(robots.productToken) \(robots.maxCrawlDelay.ms) \(guards)" }
}
