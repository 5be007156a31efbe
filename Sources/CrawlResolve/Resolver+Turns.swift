internal import CrawlCore

extension Resolver {
    /// A turn that is so late has found the queue, or the machine, standing still: what waited then had no time.
    private static let lateness = Duration.milliseconds(500)
    /// While answers come in to so many questions, they are taken together, at most once in this time.
    private static let (crowd, company) = (16, Duration.milliseconds(1))
    /// How often channels look after questions that were given up.
    private static let tick = Duration.seconds(1)

    /// Reads the clock, for this turn.
    func look() {
        now = clock.now()
        steady = now - clock.jumps().total
        if let plannedAt, steady - plannedAt > Self.lateness { stalls += steady - plannedAt }
        plannedAt = nil
        flightTime = steady - stalls
    }

    /// Takes what has come in, does what is due, and sends what there is room for.
    func turn() {
        guard let shell else { return }
        look()
        shell.disarm()
        hasHeard = false
        shell.channels.drain()
        if steady - tickedAt >= Self.tick {
            tickedAt = steady
            shell.channels.tick()
            refresh()
        }
        // Answers before deadlines: one that waited in the socket has come in time.
        takeHeard()
        while let wake = wakes.pop(flightTime) { due(wake) }
        takeHeard()
        fill()
        shell.channels.sweep()
        handOver()
        arm()
    }

    private func arm() {
        guard let shell else { return }
        var next = wakes.next { isStale($0) }.map { $0 + stalls }
        if shell.channels.isBusy { next = min(next ?? .distantFuture, max(tickedAt + Self.tick, steady)) }
        if !waiting.isEmpty, let lackedAt, steady - lackedAt < Self.lackPause {
            next = min(next ?? .distantFuture, lackedAt + Self.lackPause)
        }
        if !heard.isEmpty { next = steady }
        if hasHeard, window.inFlight >= Self.crowd {
            shell.rest()
            next = min(next ?? .distantFuture, steady + Self.company)
        } else {
            shell.listen()
        }
        plannedAt = next
        shell.arm(next, steady)
    }

    private func takeHeard() {
        while !heard.isEmpty {
            hasHeard = true
            let batch = heard
            heard.removeAll(keepingCapacity: true)
            for (token, answer) in batch { take(token, answer) }
        }
    }

    /// What it waits for has happened, or is wanted no more.
    func isStale(_ wake: Wake) -> Bool {
        let slot = Int(wake.slot)
        guard flights[slot].stamp == wake.stamp, !flights[slot].isFree else { return true }
        guard wake.kind == .answer else { return flights[slot].look.isEnded }
        let family = Int(wake.family)
        return flights[slot][family] == .none || flights[slot].look[family].isDone
            || flights[slot].look[family].sendings != wake.sending
    }

    private func due(_ wake: Wake) {
        guard !isStale(wake) else { return }
        let (slot, family) = (Int(wake.slot), Int(wake.family))
        switch wake.kind {
        case .answer:
            record.unanswered(Int(flights[slot].look[family].server))
            if flights[slot][family] == .window { window.timedOut(flightTime) }
            let actions = flights[slot].look.waited(family, servers: record.count, schedule: options.schedule)
            carryOut(actions, slot)
        case .delay: carryOut(flights[slot].look.delayOver(), slot)
        case .pause: again.append(wake)
        case .confirm: carryOut(flights[slot].look.again(first: record.first(steady)), slot)
        }
    }
}
