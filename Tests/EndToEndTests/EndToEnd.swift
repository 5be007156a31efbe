import CrawlTesting
import Testing

/// Tests of the real programs: one after the other, because each starts processes and some look at the clock.
@Suite(.serialized) enum EndToEnd {}

/// Configurations for daemons that crawl the loopback.
enum TestConfig {
    /// No delays between requests.
    static let eager = """
        fetch: {allow_addresses: ["127.0.0.0/8"]}
        politeness: {crawl_delay: 0s, per_origin_in_flight: 8, per_address_in_flight: 0}

        """

    /// A page that answers 520 is marked after three seconds, and asked again a second later.
    static let impatientHealth = """
        health:
          burst: [200ms, 400ms]
          probes: [800ms, 1500ms, 2200ms, 3s]
          broken_after: 3s
          min_probe_times: 4
          max_gap: 2s
          recheck_first: 1s
          recheck_max: 4s
          resolve_gap: 200ms
          resolve_hold: 500ms
          jitter: 0

        """
}

extension OriginBehaviour {
    /// As an edge answers for an origin that is broken.
    static let edge520 = OriginBehaviour.status(
        520, headers: [("server", "cloudflare"), ("cf-ray", "7d0a1b2c3d4e5f60-FRA")], text: "error code: 520")
}

extension MisbehavingOrigin {
    /// True once so many requests have come, for `path` or in all; false if they do not come within `limit`.
    func got(_ count: Int, for path: String? = nil, within limit: Duration = .seconds(60)) async -> Bool {
        await eventually(within: limit) { (path.map { requests(for: $0) } ?? requests).count >= count }
    }
}
