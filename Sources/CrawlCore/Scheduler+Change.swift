extension Scheduler {
    // MARK: Work comes in

    /// An enqueue, a revive or a commit made work for an origin.
    package mutating func noteWork(
        origin: Int64, dueAt: Instant, priority: Int = 0, reorders: Bool, now: Instant
    ) {
        if let active = activeOrigin(origin) {
            active.noteDue(dueAt)
            if reorders { active.disturbances += 1 }
            if reorders || active.leasedCount > 0 && priority > active.lowestPriority { drop(active, now: now) }
            rest(active, now: now)
        } else {
            wake(origin, at: max(dueAt, earliestStart))
        }
    }

    /// Forgets what is leased of an origin and looks again: its rows, or what is known of it, were changed by hand.
    package mutating func reconsider(origin: Int64, now: Instant) {
        // Only what can have been taken off the origin: one removed URL does not make robots.txt be asked anew.
        if (robots.peek(origin) ?? robotsFlights[origin]?.known)?.health != nil {
            if robotsFlights[origin] != nil { robotsFlights[origin]?.isVoid = true } else { robots.remove(origin) }
        }
        guard let active = activeOrigin(origin) else { return wake(origin, at: max(now, earliestStart), anew: true) }
        active.disturbances += 1
        drop(active, now: now)
        active.heldUntil = Instant(ms: .min)
        active.noteDue(now)
        active.noteHealthDue(now)
        rest(active, now: now)
    }

    // MARK: Rules and clock

    /// New numbers, in force at once: an origin that waits goes by the new delay from its last request on, and no hold
    /// outlives the limit that made it.
    package mutating func apply(_ new: SchedulerRules, now: Instant) {
        let before = rules
        let robotsChange = new.robots != before.robots
        let freesAll = robotsChange || new.budget != before.budget
        rules = new
        budget.rules = new.budget
        addresses.limit = new.perAddressInFlight
        robots.limit = new.robots.cacheBytes
        if robotsChange { robots.removeAll() }
        _ = addresses.release()
        for (origin, slot) in origins {
            guard let active = slot.active else {
                if freesAll, slot.at > now { wake(origin, at: max(now, earliestStart)) }
                continue
            }
            // From the last start on, whatever jitter lengthened; at most from now on.
            let gap = rules.gap(delay(of: active))
            active.nextStart = min(active.nextStart + (gap - before.gap(before.delay(active.askedDelay))), now + gap)
            active.heldUntil = Instant(ms: .min)
            active.ordinaryFrom = Instant(ms: .min)
            rest(active, now: now)
        }
    }

    /// The wall clock was set. Windows observed before no longer count, and no origin waits for a moment that a clock
    /// set back has put far away.
    package mutating func clockJumped(now: Instant) {
        timeline += 1
        guards.clockJumped(now: now)
        let soon = now + rules.crawlDelay
        let waitedUntil = earliestStart
        earliestStart = min(earliestStart, soon)
        startedAfter = startedAfter.map { min($0, now) }
        for (origin, slot) in origins {
            guard let active = slot.active else {
                if slot.at > soon, slot.at <= waitedUntil { wake(origin, at: soon, anew: true) }
                continue
            }
            active.nextStart = min(active.nextStart, now + max(delay(of: active), rules.crawlDelay))
            let longest = max(rules.maxRetryAfter, OriginBlock.longest)
            if let block = active.block?.block, block.until > now + longest + longest {
                active.block?.block.until = now + longest
            }
            active.heldUntil = Instant(ms: .min)
            rest(active, now: now)
        }
    }
}
