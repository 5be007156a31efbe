internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// One wake-up of the worker.
extension FetchWorker {
    func drain() {
        dispatchPrecondition(condition: .onQueue(queue))
        round += 1
        chargedNs = MonotonicTime.now
        var isAnyServed = false
        var next = UInt64.max
        sockets.drain { socket, owner, readiness in
            let connection = commons.connections[socket]
            if let connection, !connection.turns.mayGo(in: round) {
                next = min(next, connection.turns.from)
                return false
            }
            isAnyServed = true
            generation(owner)?.ready(socket, readiness)
            charge(connection)
            noteSent()
            return true
        }
        // Rounds in which nobody would be served need not be waited for.
        if !isAnyServed, next != .max { round = next - 1 }
        settle()
    }

    func timerWentOff() {
        armedNs = .max
        // What has arrived goes first: after a stall it is not late, we are.
        drain()
    }

    /// Collects what finished, runs libcurl's timer if it is due, hands over, and sleeps until the next deadline.
    func settle() {
        dispatchPrecondition(condition: .onQueue(queue))
        collect()
        let now = MonotonicTime.now
        if runTimers(now) { collect() }
        goOn()
        look(now)
        endOverdue()
        expire()
        dropDrained()
        handOverInCompany()
        arm()
    }

    /// Once, and after the sockets: libcurl may want it again at once many times in a row.
    private func runTimers(_ now: UInt64) -> Bool {
        chargedNs = now
        var ran = current.runTimer(now)
        for old in retired where old.runTimer(now) { ran = true }
        guard ran else { return false }
        charge(nil)
        noteSent()
        return true
    }

    /// libcurl has returned from what it was called for: what it began to send is out.
    func noteSent() {
        guard !commons.sending.isEmpty else { return }
        let now = MonotonicTime.now
        for slot in commons.sending {
            slot.pointee.sentNs = now
            guard slot.pointee.tellsSending else { continue }
            slot.pointee.tellsSending = false
            results.append(slot.pointee.sending)
        }
        commons.sending.removeAll(keepingCapacity: true)
    }

    private func collect() {
        collect(current)
        for old in retired { collect(old) }
    }

    func collect(_ multi: MultiGeneration) {
        for unwatched in multi.takeUnwatched() { end(unwatched) }
        while let done = multi.nextDone() {
            finish(done.context.assumingMemoryBound(to: Slot.self), code: done.code)
        }
    }

    /// libcurl has no timeout for the first byte of an answer: this is ours.
    func expire() {
        let now = MonotonicTime.now
        while let slot = deadlines.first, slot.pointee.deadline.at <= now {
            if slot.pointee.flags.contains(.firstByte) {
                deadlines.remove(slot)
            } else {
                finish(slot, code: CurlCode.operationTimedOut)
            }
        }
    }

    /// Arming costs a system call, so a timer that goes off too early is left alone: it will arm the right one.
    func arm() {
        var next = min(current.dueNs, deadlines.next, lookNs)
        for old in retired { next = min(next, old.dueNs) }
        guard next > 0, !commons.resting.contains(where: { $0.pointee.restsUntil == 0 }) else { return wakeAgain() }
        for slot in commons.resting { next = min(next, slot.pointee.restsUntil) }
        if let waitingSince { next = min(next, waitingSince + Self.companyNs) }
        guard next < armedNs else { return }
        armedNs = next
        timer.schedule(deadline: DispatchTime(uptimeNanoseconds: max(next, 1)), leeway: .milliseconds(1))
    }

    /// At once, but behind those who wait for the queue already.
    private func wakeAgain() {
        guard !isWakingAgain else { return }
        isWakingAgain = true
        queue.async { [weak self] in
            self?.isWakingAgain = false
            self?.drain()
        }
    }
}
