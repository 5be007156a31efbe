internal import CurlKit

/// One multi handle of a worker with its number, its timer and what it has done. A worker has one that takes requests,
/// and now and then an older one that only finishes what it has.
final class MultiGeneration {
    let number: Int
    /// Connections it has made so far.
    var connections = 0
    var inFlight = 0
    /// When libcurl wants its timer, in monotonic nanoseconds; 0 = at once, `.max` = never.
    var dueNs: UInt64 { due.ns }
    private let due = Due()
    private var handle: MultiHandle?

    /// Apart from the rest because libcurl still calls for its timer while its handle goes away.
    private final class Due {
        var ns = UInt64.max
    }

    init(number: Int, maxConnects: Int, sockets: EpollSet, calls: CallRecord) throws(CurlError) {
        self.number = number
        handle = try MultiHandle(
            maxConnects: maxConnects, calls: calls,
            watch: { socket, interest, isNew in sockets.watch(socket, interest, isNew: isNew, owner: number) },
            timer: { [due] in due.ns = $0.map { $0 == 0 ? 0 : MonotonicTime.now + UInt64($0) * 1_000_000 } ?? .max })
    }

    func add(_ easy: EasyHandle) throws(CurlError) {
        try handle?.add(easy)
        inFlight += 1
    }

    func remove(_ easy: EasyHandle) {
        handle?.remove(easy)
        inFlight -= 1
    }

    func ready(_ socket: Int32, _ readiness: MultiHandle.Readiness) { handle?.ready(socket, readiness) }

    /// Runs libcurl's timer if it is due; true if it was.
    func runTimer(_ now: UInt64) -> Bool {
        guard dueNs <= now else { return false }
        due.ns = .max
        handle?.timeout()
        return true
    }

    func nextDone() -> MultiHandle.Done? { handle?.nextDone() }

    func takeUnwatched() -> [MultiHandle.Unwatched] { handle?.takeUnwatched() ?? [] }

    /// Closes its connections; nothing may be in flight.
    func close() { handle = nil }
}
