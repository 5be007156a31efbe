import CrawlFrontier
import CrawlTesting
import Synchronization

/// Reads what the store has told right after each commit that opened or closed an incident, before anything follows
/// from it.
final class IncidentWatch: Sendable {
    private struct State {
        var store: FrontierStore?
        var time: VirtualTime?
        var error: (any Error)?
    }

    private let observer: Observer
    private let world: SimulatedWorld
    private let state = Mutex(State())

    init(observer: Observer, world: SimulatedWorld) {
        self.observer = observer
        self.world = world
    }

    /// Of the process that runs; another one after each restart.
    var store: FrontierStore? {
        get { state.withLock { $0.store } }
        set { state.withLock { $0.store = newValue } }
    }

    var time: VirtualTime? {
        get { state.withLock { $0.time } }
        set { state.withLock { $0.time = newValue } }
    }

    /// Why the store could not be read.
    var error: (any Error)? { state.withLock { $0.error } }

    func look() {
        guard let store, let time else { return }
        do {
            observer.committed(store, at: time.now())
            for origin in try observer.look(store, at: time.now()) {
                world.resolved(origin: origin, steady: observer.steady(time.now()))
            }
        } catch {
            state.withLock { $0.error = error }
        }
    }
}
