import CrawlCore
import Synchronization

/// Tries again and again what the want of room on the disk has kept from going well. On a lane of its own: an attempt may
/// take long, and nobody waits for it.
final class RoomWatch<Value: Sendable>: Sendable {
    private let lane: any Lane
    private let clock: any Clock
    private let attempt: @Sendable () throws(ServiceFailure) -> Value
    private let done: Mutex<(@Sendable (Result<Value?, ServiceFailure>) -> Void)?>

    /// From one attempt to the next.
    static var period: Duration { .seconds(5) }

    /// `done` gets once what `attempt` gave, why it cannot be had though there is room, or nil after `stop`.
    init(
        clock: any Clock, attempt: @escaping @Sendable () throws(ServiceFailure) -> Value,
        done: @escaping @Sendable (Result<Value?, ServiceFailure>) -> Void
    ) {
        self.clock = clock
        self.attempt = attempt
        self.done = Mutex(done)
        lane = clock.lane("crawld.service.room")
    }

    /// The first attempt is made after one period.
    func start() {
        lane.at(clock.now() + Self.period) { [self] in
            guard done.withLock({ $0 != nil }) else { return }
            do throws(ServiceFailure) {
                end(.success(try attempt()))
            } catch {
                if error.isForWantOfRoom { start() } else { end(.failure(error)) }
            }
        }
    }

    /// Not another attempt. What one that is under way gives is dropped.
    func stop() { end(.success(nil)) }

    private func end(_ result: Result<Value?, ServiceFailure>) {
        let done = done.withLock { done in
            defer { done = nil }
            return done
        }
        done?(result)
    }
}
