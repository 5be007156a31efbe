import DequeModule

extension Scheduler {
    // MARK: Work comes in

    /// An enqueue, a revive or a commit made work for an origin.
    package mutating func noteWork(
        origin: Int64, dueAt: Instant, priority: Int = 0, reorders: Bool, now: Instant
    ) {
        if let active = activeOrigin(origin) {
            active.noteDue(dueAt)
            if reorders { active.disturbances += 1 }
            if reorders { active.voidLeaseByOrder() }
            if let leasing = active.leasing { active.leasing?.priority = max(leasing.priority, priority) }
            if reorders { demandName(of: origin, now: now) }
            if reorders || active.leasedCount > 0 && priority > active.lowestPriority { drop(active, now: now) }
            rest(active, now: now)
        } else {
            wake(origin, at: max(dueAt, earliestStart))
        }
    }

    /// An operator removed or revived them.
    package mutating func changed(_ rows: ChangedRows, now: Instant) {
        quarantine.forgetStreaks(of: rows, now: now)
        demandName(of: rows.origin, now: now)
        askedAgain.forget(rows)
        reconsider(origin: rows.origin, now: now)
    }

    /// Forgets what is leased of an origin and looks again: its rows may be others than those leased.
    package mutating func reconsider(origin: Int64, now: Instant) {
        // Only what can have been taken off the origin: one removed URL does not make robots.txt be asked anew.
        if (robots.peek(origin) ?? robotsFlights[origin]?.known)?.health != nil {
            if robotsFlights[origin] != nil { robotsFlights[origin]?.isVoid = true } else { robots.remove(origin) }
        }
        suspects.leave(origin: origin)
        // What was leased for its sake alone is of before, too.
        if suspects.turn.map({ URLKey.origin(of: $0) == origin }) ?? false { suspects.leased = nil }
        if guardProbe.map({ URLKey.origin(of: $0.url.id) == origin }) ?? false {
            (guardProbe, isProbeNaming) = (nil, false)
        }
        guard let active = activeOrigin(origin) else { return wake(origin, at: max(now, earliestStart), anew: true) }
        active.disturbances += 1
        active.voidLease()
        active.health = nil
        active.canary = nil
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
        addresses.wideLimit = new.perEdgeAddressInFlight
        names.rules = new.names
        robots.limit = new.robots.cacheBytes
        if robotsChange { forgetRobots() }
        if !new.chainCookies { forgetCookies() }
        _ = addresses.release()
        for (origin, slot) in origins {
            guard let active = slot.active else {
                if freesAll, slot.at > now { wake(origin, at: max(now, earliestStart)) }
                continue
            }
            active.voidLease()
            // From the last start on, whatever jitter lengthened; at most from now on.
            let gap = rules.gap(delay(of: active))
            active.nextStart = min(active.nextStart + (gap - before.gap(before.delay(active.askedDelay))), now + gap)
            active.heldUntil = Instant(ms: .min)
            active.ordinaryFrom = Instant(ms: .min)
            if robotsChange { forgetRecheck(active, now: now) }
            rest(active, now: now)
        }
    }

    /// All of it is in the store, and comes with the next leases.
    private mutating func forgetRobots() {
        robots.removeAll()
        robotShares.forgetKept()
        for index in robotsReplies.indices { robotsReplies[index].parse(productToken: rules.robots.productToken) }
        if !rules.robots.obeys { dropErrands() }
    }

    /// The next lease tells whether URLs are refused, and its rules until when.
    private func forgetRecheck(_ active: ActiveOrigin, now: Instant) {
        guard active.recheckAt != nil else { return }
        active.recheckAt = nil
        active.noteDue(now)
    }

    /// The wall clock was set `step` ahead; below zero = back. Windows observed before no longer count. Gaps, blocks and
    /// what is known of robots.txt move with it: no gap gets shorter, and no hold longer.
    package mutating func clockJumped(now: Instant, by step: Duration) {
        timeline += 1
        guards.clockJumped(now: now)
        names.move(by: step)
        nameFloors = nameFloors.mapValues { $0 + step }
        families.clockJumped()
        suspects.move(by: step)
        localLimit.move(by: step)
        earliestStart = earliestStart + step
        startedAfter = startedAfter.map { $0 + step }
        lastStartAt = lastStartAt.map { $0 + step }
        robots.move(by: step)
        robotShares.forgetKept()
        seconds.move(by: step)
        quarantine.move(by: step)
        chains.move(by: step)
        for index in putBacks.indices { putBacks[index].until = putBacks[index].until + step }
        robotsFlights = robotsFlights.mapValues { $0.moved(by: step) }
        for (origin, slot) in origins {
            guard let active = slot.active else {
                // What it waits for may be long over: only a lease can tell.
                if step < .zero, slot.at > now { wake(origin, at: max(now, earliestStart), anew: true) }
                continue
            }
            active.nextStart = active.nextStart + step
            if let block = active.block {
                let moved = block.block.moved(by: step)
                setBlock(active, ActiveOrigin.Block(moved, since: block.since.map { $0 + step }), now)
            }
            // What is due by the time of before may be due by now: a lease tells.
            if step < .zero {
                active.noteDue(now)
                active.noteHealthDue(now)
            }
            active.moveSeconds(by: step)
            active.heldUntil = Instant(ms: .min)
            active.ordinaryFrom = Instant(ms: .min)
            noteRecheck(active)
            rest(active, now: now)
        }
    }
}

/// What an operator's hand reached.
package enum ChangedRows: Sendable, Hashable {
    /// By its number.
    case url(Int64)
    /// All that the origin has.
    case origin(Int64)

    package var origin: Int64 {
        switch self {
        case .url(let id): URLKey.origin(of: id)
        case .origin(let origin): origin
        }
    }

    /// `ticket`: a URL's or a robots.txt's.
    func contains(_ ticket: Int64) -> Bool {
        switch self {
        case .url(let id): id == ticket
        case .origin(let origin): URLKey.origin(of: ticket) == origin
        }
    }
}

extension RobotsFlight {
    func moved(by step: Duration) -> RobotsFlight {
        var flight = self
        flight.startedAt = startedAt + step
        flight.ownSentAt = ownSentAt.map { $0 + step }
        flight.known?.move(by: step)
        return flight
    }
}

extension OriginRobots {
    mutating func move(by step: Duration) {
        copyAt = copyAt.map { $0 + step }
        expiresAt = expiresAt.map { $0 + step }
        dueAt = dueAt.map { $0 < .distantFuture ? $0 + step : $0 }
    }
}

extension OriginBlock {
    func moved(by step: Duration) -> OriginBlock {
        var block = self
        block.until = until + step
        block.forgivenAt = forgivenAt + step
        block.edge?.since = (edge?.since ?? until) + step
        return block
    }

    /// At most what a server may ask for, from now on.
    func bounded(at now: Instant, _ rules: SchedulerRules) -> OriginBlock {
        let longest = now + rules.lengthened(max(rules.maxRetryAfter, Self.longest))
        guard until > longest else { return self }
        return moved(by: longest - until)
    }
}

extension OriginRobots {
    /// Nothing of it lies further ahead than an answer of this moment could have put it: the clock may have been set
    /// back since it was put down.
    mutating func setBack(to now: Instant, _ rules: SchedulerRules) {
        copyAt = copyAt.map { min($0, now) }
        if let copyAt { expiresAt = expiresAt.map { min($0, copyAt + rules.robots.lifetime) } }
        guard let due = dueAt, due < .distantFuture, let health else { return }
        dueAt = min(due, now + rules.lengthened(longestWait(health, now, rules)))
    }

    private func longestWait(_ health: HealthRecord, _ now: Instant, _ rules: SchedulerRules) -> Duration {
        let isPutOff = health.run?.isPutOff ?? false
        switch health.phase {
        case .broken:
            let recheck =
                rules.health.of(health.run?.onlyOutcome).rechecks
                .wait(age: health.age(at: now), step: health.mark?.step ?? 0) ?? .zero
            return isPutOff ? max(recheck, rules.maxRetryAfter) : recheck
        // While a copy is used the waits double to an hour, or are as long as was asked.
        case .healthy where isCopyUsable(now): return max(.seconds(3600), rules.maxRetryAfter)
        // An earlier version let them double to a day although the origin was held.
        case .healthy, .suspect, .pending, .waiting, .partial, .softBlocked:
            return rules.health.widestWait(isPutOff: isPutOff)
        }
    }
}

extension SchedulerRules {
    /// The longest that jitter may make of a wait.
    func lengthened(_ wait: Duration) -> Duration {
        wait + .milliseconds(Int64(Double(wait.ms) * max(jitter, health.jitter)))
    }
}

extension HealthRules {
    /// The widest distance between two attempts of one window. `isPutOff`: by Retry-After, see `RetryWish`.
    func widestWait(isPutOff: Bool) -> Duration {
        max(isPutOff ? widestDifference * 2 : widestDifference, burst.max() ?? .zero)
    }
}
