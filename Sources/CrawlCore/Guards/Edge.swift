/// Who stands between us and an origin, and can fail for many of them at once. Raw values are stored and never change.
package enum Edge: UInt8, Sendable, CaseIterable {
    /// Nobody that we know of.
    case direct = 0
    case cloudflare = 1
    /// AWS WAF, a firewall that many sites rent: only its challenges are told from the sites' own answers.
    case awsWAF = 2

    package var name: String { String(describing: self) }

    /// Those that a storm can be behind.
    static let providers: [Edge] = [.cloudflare]

    /// Who gave the answer, as far as answers of all kinds show it.
    init(_ result: FetchResult) { self = result.flags.contains(.edge) ? .cloudflare : .direct }

    /// Who sent a challenge in place of what was asked for; nil = nobody that we know of.
    init?(challenging result: FetchResult) {
        if result.details?.cfMitigated != nil, Edge(result) == .cloudflare {
            self = .cloudflare
        } else if result.details?.wafAction != nil {
            self = .awsWAF
        } else {
            return nil
        }
    }
}
