/// What asking for one URL has cost and what not asking has saved: of the incident that it belongs to, or, without one, of
/// its present streak of failures (everything since its last good answer), or, if it does not fail, since it was enqueued;
/// null = that figure is not known. `BudgetRecord` has the totals of all URLs.
package struct LedgerRecord: Codable, Sendable, Hashable {
    /// Whose figures these are: `url` = of this URL alone, `partial` = of all that share its incident or did, `origin` = of the
    /// origin's incident.
    package var scope: String
    /// Requests so far; of an incident those since its failures began, rechecks included. One that failed over HTTP/2 and
    /// was repeated over HTTP/1.1 is two.
    @OrNull package var spent: Int64?
    /// Those of `spent` that met a failure, as in `wasted_total`: the others were answered well, put off or refused.
    /// null = some of them are too long ago to be told apart, or before the last good answer.
    @OrNull package var wasted: Int64?
    /// Requests that the incident's mark has made unnecessary, as in `saved_total`: what the pending schedule would have
    /// sent, never more than the crawl delay allows, less rechecks. 0 = it is not marked, and nothing else holds it.
    /// null = it is held for something else, of which nobody counts what it saves.
    @OrNull package var saved: Int64?

    package init(scope: String, spent: Int64? = 0, wasted: Int64? = 0, saved: Int64? = 0) {
        self.scope = scope
        _spent = OrNull(wrappedValue: spent)
        _wasted = OrNull(wrappedValue: wasted)
        _saved = OrNull(wrappedValue: saved)
    }
}
