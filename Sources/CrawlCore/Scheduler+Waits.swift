/// What `status` tells of waiting origins. An origin's place in the sums is settled when it comes to rest, from what is at
/// hand then; nothing is looked up for it but where the origin is known to wait for others.
extension Scheduler {
    /// Why due work waits now. What has become ready since the last call is taken notice of here: a moment of waiting ends
    /// without an event where nothing may be asked.
    package mutating func dueWaits(_ now: Instant) -> DueWaits {
        settle(now)
        var due = DueWaits()
        if let rule = ruleOverAll(now) {
            let all = waits.all
            if all > 0 { due.origins[rule] = all }
            return due
        }
        for rule in WaitRule.allCases where waits[rule] > 0 {
            // The day's budget of all may be spent before each of them has met that.
            let isSpent = budget.isSpent && rule != .storm && rule != .retryAfter
            due.origins[isSpent ? .budget : rule, default: 0] += waits[rule]
        }
        if inFlight < rules.maxInFlight { due.origins[.all] = nil }  // their turn comes at once
        if waits[.retryAfter] > 0 { due.nextAfterBlock = nextAfterBlock(now) }
        return due
    }

    private mutating func nextAfterBlock(_ now: Instant) -> Instant? {
        while let (origin, at) = blockEnds.first {
            if at > now, activeOrigin(origin)?.block?.block.until == at { return at }
            blockEnds.removeFirst()
        }
        return nil
    }

    /// Keeps everybody; nil = nothing does.
    private mutating func ruleOverAll(_ now: Instant) -> WaitRule? {
        if isPaused { return .paused }
        if guards.isOffline { return .offline }
        if localLimit.start(now) != .now { return .localLimit }
        return suspects.inFlight != nil || suspects.turn != nil || suspects.stoppedUntil != nil ? .suspect : nil
    }

    /// The first rule that keeps the origin's due work, in the order of `wait(of:)`; nil = it has none, is held by what the
    /// store tells of, or has its turn. `work`: its next moment.
    func rule(keeping active: ActiveOrigin, work: Instant?, _ now: Instant) -> WaitRule? {
        if active.isHolding { return nil }
        if active.heldUntil > now || active.ordinaryFrom > now {
            guard active.hasDueWork(now) else { return nil }
            if active.ordinaryFrom > now { return .budget }
            return active.heldUntil == .distantFuture ? .suspect : nil
        }
        guard let work, work <= now else { return nil }
        if active.stormUntil > now { return .storm }
        if let block = active.block, block.block.until > now { return .retryAfter }
        if budget.bar(origin: active.id, isHealth: false) != nil { return .budget }
        if !robotsFlights.isEmpty, awaitsRobots(active, now) { return .robots }
        if active.isNaming { return .dns }
        if active.waiting == .address, let address = active.address, addresses.isWaiting(active.id, for: address) {
            return .address
        }
        if active.inFlight >= quarantine.room(active.id, now, most: rules.perOriginInFlight) { return .origin }
        return active.nextStart > now ? .crawlDelay : .all
    }

    private func awaitsRobots(_ active: ActiveOrigin, _ now: Instant) -> Bool {
        guard rules.robots.obeys, let flight = robotsFlights[active.id] else { return false }
        let known = robots.peek(active.id) ?? flight.known ?? OriginRobots()
        return known.step(now) == .fetch && known.hold(now) == nil
    }

    /// The origin comes to rest.
    mutating func noteWait(_ active: ActiveOrigin, work: Instant?, _ now: Instant) {
        noteWait(active, rule(keeping: active, work: work, now))
    }

    mutating func noteWait(_ active: ActiveOrigin, _ rule: WaitRule?) {
        guard active.waiting != rule else { return }
        waits.move(from: active.waiting, to: rule)
        active.waiting = rule
    }

    /// Its address is busy.
    mutating func noteAddressWait(_ active: ActiveOrigin, _ now: Instant) {
        switch rule(keeping: active, work: active.nextWork(now), now) {
        case .origin?, .crawlDelay?, .all?, .address?: noteWait(active, .address)
        case let heavier: noteWait(active, heavier)
        }
    }

    /// A server asked all of the origin to wait.
    mutating func setBlock(_ active: ActiveOrigin, _ block: ActiveOrigin.Block, _ now: Instant) {
        active.block = block
        blockEnds.add(active.id, block.block.until, now: now)
    }

    // MARK: Origins that are not active

    /// It is let go of. What the day's budget keeps until tomorrow stays counted.
    mutating func noteAsleep(_ active: ActiveOrigin) {
        guard active.waiting != nil else { return }
        guard active.waiting == .budget else { return noteWait(active, nil) }
        asleep[active.id] = .budget
    }

    mutating func noteAwake(_ active: ActiveOrigin) {
        guard !asleep.isEmpty else { return }
        active.waiting = asleep.removeValue(forKey: active.id)
    }

    /// Its moment has come, and it was not asked.
    mutating func noteReady(_ origin: Int64, _ now: Instant) {
        if let active = activeOrigin(origin) {
            noteWait(active, work: active.nextWork(now), now)
        } else {
            waits.move(from: asleep.updateValue(.all, forKey: origin), to: .all)
        }
    }
}

extension ActiveOrigin {
    /// Something is due, whatever keeps it.
    func hasDueWork(_ now: Instant) -> Bool {
        leasedCount > 0 || leasedHealthCount > 0 || nextDue.map { $0 <= now } ?? false
            || nextHealthDue.map { $0 <= now } ?? false || hasSecond
    }
}
