internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// One wake-up of the worker.
extension FetchWorker {
    func drain() {
        dispatchPrecondition(condition: .onQueue(queue))
        sockets.drain { socket, owner, readiness in
            generation(owner)?.ready(socket, readiness)
            noteSent()
        }
        settle()
    }

    func timerWentOff() {
        armedNs = .max
        // What has arrived goes first: after a stall it is not late, we are.
        drain()
    }

    /// Runs what is due at once, collects what finished, hands it over and sleeps until the next deadline.
    func settle() {
        dispatchPrecondition(condition: .onQueue(queue))
        // libcurl may ask for 0 ms many times in a row, but a queue has others waiting too.
        for _ in 0..<64 {
            collect(current)
            for old in retired { collect(old) }
            let now = MonotonicTime.now
            var ran = current.runTimer(now)
            for old in retired where old.runTimer(now) { ran = true }
            noteSent()
            if !ran { break }
        }
        expire()
        dropDrained()
        handOverInCompany()
        arm()
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

    func collect(_ multi: MultiGeneration) {
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
        var next = min(current.dueNs, deadlines.next)
        for old in retired { next = min(next, old.dueNs) }
        if let waitingSince { next = min(next, waitingSince + Self.companyNs) }
        guard next < armedNs else { return }
        armedNs = next
        timer.schedule(deadline: DispatchTime(uptimeNanoseconds: max(next, 1)), leeway: .milliseconds(1))
    }
}
