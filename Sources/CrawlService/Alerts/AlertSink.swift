package import CrawlFrontier

/// One receiver of alerts.
package protocol AlertSink: Sendable {
    /// As the outbox keeps it: deliveries pending under this name go here.
    var name: String { get }

    /// Returns at once. `done` is called exactly once, on any thread, also before this returns.
    func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void)

    /// Begins nothing more: what waits inside the sink is abandoned, what is under way goes on. Idempotent.
    func stop()

    /// Ends what is under way as well, as far as that can be done at once. Idempotent.
    func kill()
}

extension AlertSink {
    package func stop() {}
    package func kill() {}
}
