/// Why the due URLs of an origin are not asked yet.
package enum OriginWait: Sendable, Hashable {
    /// Its server asked for it with 429 or 503.
    case blocked(until: Instant)
    /// `budget.requests_per_day` is spent, but for what is kept for health traffic.
    case budget(limit: Int, until: Instant)
    /// `budget.requests_per_origin_per_day` is.
    case originBudget(limit: Int, until: Instant)
    /// Its domain fails with many others behind one edge, and is asked by sample only; over at the latest at `until`.
    case storm(Edge, since: Instant, until: Instant)
    /// Nothing can be reached: only probes are sent.
    case offline(since: Instant)
}
