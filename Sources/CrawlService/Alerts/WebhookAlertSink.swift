package import CrawlFrontier
import Dispatch
import Synchronization

/// Posts the alert's JSON to a URL; any status of 200 to 299 = delivered. One request at a time, in the order given.
package final class WebhookAlertSink: AlertSink {
    package static let sinkName = "webhook"

    /// Sends one POST with `Content-Type: application/json`, follows no redirect, and returns the answer's status.
    /// Blocks its caller, at most 10 s until it is connected and 30 s in all; throws when there is no answer.
    package typealias Post = @Sendable (_ url: String, _ body: [UInt8]) throws -> Int

    package let name: String
    private let url: String
    private let post: Post
    private let queue = DispatchQueue(label: "crawld.service.webhook")
    private let isStopped = Atomic(false)

    package init(name: String = WebhookAlertSink.sinkName, url: String, post: @escaping Post) {
        self.name = name
        self.url = url
        self.post = post
    }

    package func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
        queue.async { [self] in
            guard !isStopped.load(ordering: .relaxed) else { return done(.abandoned) }
            done(attempt(alert))
        }
    }

    /// A request under way ends at its own time limit.
    package func stop() { isStopped.store(true, ordering: .relaxed) }

    private func attempt(_ alert: StoredAlert) -> AlertDelivery {
        do {
            let status = try post(url, AlertMessages.json(alert))
            return (200...299).contains(status) ? .delivered : .failed("status \(status)")
        } catch {
            return .failed("\(error)")
        }
    }
}
