/// How a process ended.
package enum ProcessEnding: Sendable, Hashable {
    case exited(Int32)
    case killed(signal: Int32)

    /// From what `waitpid` said.
    init(status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
    }
}
