package import CrawlCore
package import CrawlFrontier

/// The outbox as the dispatcher sees it. Those that read are called on the alert lane; `recordDeliveries` and
/// `postReminders` write and are called wherever the dispatcher's `write` puts them.
package protocol AlertOutboxReading: AnyObject, Sendable {
    /// At most `limit` messages that may be sent to `sink` now (nil = to any), oldest first: at most one of an incident.
    func pendingDeliveries(now: Instant, limit: Int, sink: String?) throws -> [PendingDelivery]

    /// When the next delivery to `sink` (nil = to any) falls due after `now`; nil = none does.
    func nextDeliveryAt(after now: Instant?, sink: String?) throws -> Instant?

    func recordDeliveries(_ reports: [DeliveryReport]) throws

    /// When the next open incident has to be reminded of; nil = none is open.
    func nextReminderAt(after interval: Duration) throws -> Instant?

    /// One message for each open incident of which nothing was told for `interval`, at most `limit` of them.
    /// `rules`: by which each tells of the next look.
    func postReminders(after interval: Duration, limit: Int, now: Instant, rules: HealthRules) throws
}

extension FrontierStore: AlertOutboxReading {}
