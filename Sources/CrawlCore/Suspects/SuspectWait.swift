/// Why a suspect waits: it was in flight when the daemon ended by a fault of its own.
package struct SuspectWait: Sendable, Hashable {
    /// How many such ends there were.
    package var ends: Int
    /// It is put back until then; nil = it is asked when nothing else is in flight.
    package var until: Instant?
}
