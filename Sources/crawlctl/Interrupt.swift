import Glibc
import Synchronization

/// The first SIGINT asks for an end, the second one is it.
enum Interrupt {
    private static let raised = Atomic<Bool>(false)

    static var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// From here on. Calls that wait return with `EINTR`.
    static func arm() {
        // Here, where it may take a lock, and not in the handler.
        _ = isRaised
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interrupt.raised.store(true, ordering: .relaxed) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        sigaction(SIGINT, &action, nil)
    }
}
