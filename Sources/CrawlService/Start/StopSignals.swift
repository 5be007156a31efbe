import ServiceLifecycle
import Synchronization
import UnixSignals

/// SIGTERM and SIGINT, which end whatever group of services runs. One listener for all of them: a signal between two groups
/// ends the second as it begins. Before the first group they end the process, as the kernel does it.
final class StopSignals: Sendable {
    private struct State {
        var isListening = false
        var isAsked = false
        var services: ServiceGroup?
    }

    private let state = Mutex(State())

    /// From now on they end `services`.
    func attach(_ services: ServiceGroup) async {
        let (isFirst, isAsked) = state.withLock { state in
            defer { state.isListening = true }
            state.services = services
            return (!state.isListening, state.isAsked)
        }
        if isAsked { await services.triggerGracefulShutdown() }
        guard isFirst else { return }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        Task { [self] in
            for await _ in signals {
                let services = state.withLock { state in
                    state.isAsked = true
                    return state.services
                }
                await services?.triggerGracefulShutdown()
            }
        }
    }
}
