internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// What each connection has had of the worker's time, and whether its peer sends more than answers.
extension FetchWorker {
    /// One second.
    static let lookEveryNs: UInt64 = 1_000_000_000

    /// A call into libcurl has returned: who was handed something pays for that. libcurl runs what is due of other sockets'
    /// requests in the same call, so that its time is paid by whom it handed the most; `called`, whose socket it was about,
    /// if it handed nothing out. nil = it was about none.
    func charge(_ called: WireConnection?) {
        let now = MonotonicTime.now
        let spent = now - min(chargedNs, now)
        chargedNs = now
        let given = commons.handed.first
        guard commons.handed.count > 1 || given.map({ $0.pointee.connection !== called }) ?? false else {
            let bytes = given?.pointee.takeHandedInCall() ?? 0
            commons.handed.removeAll(keepingCapacity: true)
            if let called { charge(called, bytes, spent, now) }
            return
        }
        chargeAll(called, spent, now)
    }

    private func chargeAll(_ called: WireConnection?, _ spent: UInt64, _ now: UInt64) {
        var payers: [WireConnection] = []
        for slot in commons.handed {
            let bytes = slot.pointee.takeHandedInCall()
            guard let connection = slot.pointee.connection else { continue }
            if connection.handedInCall == 0 { payers.append(connection) }
            connection.handedInCall += bytes
        }
        commons.handed.removeAll(keepingCapacity: true)
        guard let main = payers.max(by: { $0.handedInCall < $1.handedInCall }) ?? called else { return }
        if payers.isEmpty { payers = [main] }
        for payer in payers {
            charge(payer, payer.handedInCall, payer === main ? spent : 0, now)
            payer.handedInCall = 0
        }
    }

    private func charge(_ connection: WireConnection, _ bytes: Int64, _ spent: UInt64, _ now: UInt64) {
        // A call that handed nothing out may have been about somebody else; of one that did all counts, to the same bound as
        // a turn's.
        let most = bytes > 0 ? TurnAccount.longest * TurnAccount.nanoseconds : TurnAccount.nanoseconds
        connection.spent = max(connection.spent, min(connection.spent + spent, most))
        guard connection.turns.charge(bytes: bytes, nanoseconds: spent, in: round) else { return }
        let taken = judge(connection, now)
        guard connection.turns.overdraws(handed: bytes, taken: taken) else { return }
        for slot in requests(on: connection) { slot.pointee.flags.insert(.overdrew) }
    }

    /// Those that are on it; of a socket that no request was sent over yet, the one that opened it among others.
    private func requests(on connection: WireConnection) -> [UnsafeMutablePointer<Slot>] {
        guard connection.slots.isEmpty, connection.key == nil else { return connection.slots }
        return slots.filter { slot in
            slot.pointee.isInFlight && slot.pointee.rivals.contains { $0 === connection }
        }
    }

    /// Looks at the bill of each connection with a request that is older than a second.
    func look(_ now: UInt64) {
        guard now >= lookNs else { return }
        lookNs = current.inFlight > 0 || !retired.isEmpty ? now + Self.lookEveryNs : .max
        for slot in slots where slot.pointee.isInFlight && slot.pointee.startedNs + Self.lookEveryNs <= now {
            if let connection = slot.pointee.connection { look(at: connection, now) }
            // It may be sent over any of those that it opened.
            for rival in slot.pointee.rivals { look(at: rival, now) }
        }
    }

    private func look(at connection: WireConnection, _ now: UInt64) {
        guard connection.lookedAt != now else { return }
        connection.lookedAt = now
        judge(connection, now)
    }

    /// Returns what was taken from it since it was opened, or a little less; nil = it is closed.
    @discardableResult
    private func judge(_ connection: WireConnection, _ now: UInt64) -> Int64? {
        guard let taken = commons.connections.book.taken(connection.id)?.least else { return nil }
        let isOver = connection.bill.isOver(
            taken: taken, handed: connection.handed, requests: connection.mostSlots, at: now)
        if isOver, !overdue.contains(where: { $0 === connection }) { overdue.append(connection) }
        return taken
    }

    /// Ends the requests of those whose peers send far more than answers; nobody uses their connections again.
    func endOverdue() {
        while let connection = overdue.popLast() {
            commons.connections.book.shut(connection.id)
            for slot in requests(on: connection) where slot.pointee.isInFlight {
                slot.pointee.flags.insert(.overhead)
                finish(slot, code: CurlCode.receiveError)
            }
        }
    }

    /// The origin is asked by another worker from now on: its idle connections here are closed. From any thread.
    package func leave(_ origin: Int64) {
        queue.async { [self] in commons.connections.leave(origin) }
    }
}

extension Slot {
    fileprivate mutating func takeHandedInCall() -> Int64 {
        defer { handedInCall = 0 }
        return handedInCall
    }
}
