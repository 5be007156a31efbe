import ServiceLifecycle
import Synchronization

/// What ends the daemon though nobody asked for it. The first failure counts; it stops the services as soon as they are
/// there. From any thread.
final class FatalEnd: Sendable {
    private struct State {
        var failure: ServiceFailure?
        var services: ServiceGroup?
    }

    private let state = Mutex(State())

    /// nil = nothing of the kind.
    var failure: ServiceFailure? { state.withLock { $0.failure } }

    func end(_ failure: ServiceFailure) {
        let services = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            return state.services
        }
        Task { await services?.triggerGracefulShutdown() }
    }

    /// Look at `failure` after it: what came before could stop nothing.
    func attach(_ services: ServiceGroup) { state.withLock { $0.services = services } }
}
