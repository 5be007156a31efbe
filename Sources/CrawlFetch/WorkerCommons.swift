internal import CrawlCore
internal import CurlKit

/// What the slots of one worker share. Touched on its queue only, but for `calls`, `flights`, `tally` and the book of
/// `connections`.
final class WorkerCommons {
    let calls = CallRecord()
    let flights = FlightBoard()
    let tally = WorkerTally()
    let connections: WireConnections
    /// Those of the slots that libcurl has begun to send since it was called. It says so just before it writes, and a
    /// thread can be held up between the two: the moment after its return is what politeness can count from.
    var sending: [UnsafeMutablePointer<Slot>] = []
    /// Those that have had their turns.
    var resting: [UnsafeMutablePointer<Slot>] = []
    /// Those that were given something of their answers since a call was charged last.
    var handed: [UnsafeMutablePointer<Slot>] = []

    /// `maxIdle`: connections that may be kept with nothing on them. `turn`: bytes of one, see `TurnAccount`.
    init(calls: SocketCalls, maxIdle: Int, turn: Int64 = TurnAccount.bytes) {
        connections = WireConnections(calls: calls, maxIdle: maxIdle, turn: turn)
    }
}
