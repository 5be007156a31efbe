internal import CrawlCore
internal import CurlKit

/// Turns of those who are handed bodies. libcurl 7.88.1 reads for one request up to a hundred buffers in a call, and goes
/// on with that in whatever call comes next, so that passing a socket over is not enough: after 64 KiB of a body the callback
/// makes libcurl wait. With others in flight the request goes on when nine times as long has passed as its turn took, so
/// that it has a tenth of the worker's time at most; with none, in the next round.
extension FetchWorker {
    /// To one part of work.
    private static let rest: UInt64 = 9

    /// Lets those go on whose next turn has come; the others are told when that is.
    func goOn() {
        guard !commons.resting.isEmpty else { return }
        let now = MonotonicTime.now
        let isAlone = commons.resting.count >= inFlight
        let resting = commons.resting
        commons.resting.removeAll(keepingCapacity: true)
        for slot in resting where slot.pointee.isResting {
            let connection = slot.pointee.connection
            if slot.pointee.restsUntil == 0 {
                // Its turn has just ended.
                slot.pointee.restsUntil = isAlone ? now : now + Self.rest * (connection?.spent ?? 0)
                connection?.spent = 0
                commons.resting.append(slot)
            } else if isAlone || slot.pointee.restsUntil <= now {
                goOn(slot)
            } else {
                commons.resting.append(slot)
            }
        }
    }

    private func goOn(_ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.isResting = false
        slot.pointee.restsUntil = 0
        slot.pointee.handedInTurn = 0
        letGo(slot)
    }

    /// Whatever it had to wait for: libcurl goes on with it.
    func letGo(_ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.goOn()
        chargedNs = MonotonicTime.now
        let code = slot.pointee.easy.goOn(commons.calls)
        charge(slot.pointee.connection)
        // libcurl tells of it here only.
        if code != CurlCode.ok { finish(slot, code: code) }
    }

    /// Requests that libcurl has.
    var inFlight: Int { retired.reduce(current.inFlight) { $0 + $1.inFlight } }
}
