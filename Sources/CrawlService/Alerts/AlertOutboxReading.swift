package import CrawlCore
package import CrawlFrontier

/// The outbox as the dispatcher sees it. The two that read are called on the alert lane; `recordDeliveries` writes and is
/// called wherever the dispatcher's `write` puts it.
package protocol AlertOutboxReading: AnyObject, Sendable {
    /// At most `limit` messages that may be sent to `sink` now (nil = to any), oldest first: at most one of an incident.
    func pendingDeliveries(now: Instant, limit: Int, sink: String?) throws -> [PendingDelivery]

    /// When the next delivery to `sink` (nil = to any) falls due after `now`; nil = none does.
    func nextDeliveryAt(after now: Instant?, sink: String?) throws -> Instant?

    func recordDeliveries(_ reports: [DeliveryReport]) throws
}

extension FrontierStore: AlertOutboxReading {}
