import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization

/// A receiver of alerts that is down at times, slow at others, and tells an observer of what it took.
final class SimulatedSink: AlertSink {
    let name: String
    private let plan: SinkPlan
    private let observer: Observer
    private let lane = Mutex<(time: VirtualTime, lane: any Lane)?>(nil)

    init(_ name: String, _ plan: SinkPlan, _ observer: Observer) {
        self.name = name
        self.plan = plan
        self.observer = observer
    }

    func begin(_ time: VirtualTime) { lane.withLock { $0 = (time, time.lane("sink")) } }

    func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
        guard let (time, lane) = lane.withLock(\.self) else { return done(.abandoned) }
        let isDown = plan.isDown(observer.steady(time.now()))
        _ = lane.at(time.now() + .milliseconds(plan.latency)) { [observer, name] in
            guard !isDown else { return done(.failed("down")) }
            observer.delivered(Delivered(sink: name, alert: alert))
            done(.delivered)
        }
    }
}

/// When a receiver of alerts takes none, and how long it takes for one.
package struct SinkPlan: Sendable {
    /// Steady time.
    var outages: [Range<Int64>] = []
    /// Milliseconds.
    var latency: Int64 = 0

    func isDown(_ at: Int64) -> Bool { outages.contains { $0.contains(at) } }
}

/// A message that a receiver took.
struct Delivered: Sendable {
    var sink: String
    var alert: StoredAlert
}
