/// Names are looked up before their origins are asked: what waits for one is not in flight.
///
///     serve ─► nameFirst ─► NameBook ─► questions ─► resolver ─► replies ─► named ─► serve
///
/// An attempt that a mark or a run hangs on is never answered from what is known: it waits for a look-up that began after it
/// became due. A name that gives no address is an answer to the request that would have gone out, and no request.
extension Scheduler {
    enum NameStep {
        /// The address is chosen, or nobody has to know one.
        case go
        /// There is none: the request is answered by that.
        case unasked
        /// A reply wakes the origin.
        case wait
    }

    /// Before a request to the origin. Chooses the address that it goes to.
    mutating func nameFirst(_ active: ActiveOrigin, _ now: Instant) -> NameStep {
        guard looksUp else { return .go }
        guard !active.key.isEmpty else { return .go }  // it comes with a lease
        let record: NameRecord
        switch host(of: active) {
        case .literal(let address):
            var destinations = Destinations(address)
            destinations.isLiteral = true
            active.choose(destinations)
            widen(active)
            return .go
        case .name(let known): record = known
        }
        guard !active.isNaming else { return .wait }
        switch record.use(demand: demand(active, now), now) {
        case .fresh:
            choose(record, active, now)
            widen(active)
            return .go
        case .stale:
            choose(record, active, now)
            widen(active)
            active.sendsTo?.isStale = true
            return .go
        case .failed:
            active.unasked = record.answer
            return .unasked
        case .unknown:
            active.isNaming = true
            if record.ticket == 0, names.isBusy {
                dropMany(active, now)  // its turn may be far off
                names.line(up: active.id)
            } else {
                names.ask(record, for: active.id, now: now)
            }
            noteWait(active, work: active.nextWork(now), now)
            return .wait
        }
    }

    /// What is leased is memory, but to lease a few rows again costs more than they take.
    private mutating func dropMany(_ active: ActiveOrigin, _ now: Instant) {
        if active.leasedRows > 2 { drop(active, now: now) }
    }

    /// Through a proxy a name is the proxy's matter.
    private var looksUp: Bool { rules.names.isOwn && proxies.isEmpty }

    enum KnownHost {
        case literal(IPAddress)
        case name(NameRecord)
    }

    private mutating func host(of active: ActiveOrigin) -> KnownHost {
        if case .name(let record)? = active.host, record.isForgotten { active.host = nil }
        if let known = active.host { return known }
        let found: KnownHost =
            switch HostOfKey(active.key) {
            case .literal(let address): .literal(address)
            case .name(let host): .name(names.record(of: Array(host)))
            }
        active.host = found
        return found
    }

    /// The moment before which no look-up may have begun that answers the origin's next request; nil = any that holds does.
    private func demand(_ active: ActiveOrigin, _ now: Instant) -> Instant? {
        var demand = nameFloors[active.id]
        func raise(_ moment: Instant?) {
            guard let moment, moment <= now else { return }
            demand = max(demand ?? moment, moment)
        }
        if active.isHolding {
            raise(active.lookAt)
        } else {
            for url in active.leasedHealth[active.healthHead...] { raise(url.dueAt) }
        }
        if rules.robots.obeys, let known = robots.peek(active.id), known.health?.run != nil { raise(known.dueAt) }
        return demand
    }

    /// Of several addresses the first that has room, or the one that is waited for.
    private mutating func choose(_ record: NameRecord, _ active: ActiveOrigin, _ now: Instant) {
        record.isUsed = true
        guard let first = record.addresses.first else { return }
        if families.isIdle(now), addresses.hasRoom(at: AddressKey(first)) {
            return active.choose(
                Destinations(first, record.addresses.dropFirst().first, record.addresses.dropFirst(2).first))
        }
        var usable = record.addresses.filter { !families.rests(v4: $0.isV4, now) }
        if usable.isEmpty { usable = record.addresses }
        let room = usable.map { addresses.room(at: AddressKey($0)) }
        let most = room.max() ?? 0
        let index = room[0] > 0 ? 0 : room.firstIndex(of: most) ?? 0
        let chosen = usable.remove(at: index)
        let others = most > 0 ? usable.filter { addresses.hasRoom(at: AddressKey($0)) } : usable
        active.choose(Destinations(chosen, others.first, others.dropFirst().first))
    }

    /// What the operator says stands for many servers.
    private mutating func widen(_ active: ActiveOrigin) {
        guard !rules.wideAddresses.isEmpty, let address = active.sendsTo?.first else { return }
        if rules.wideAddresses.contains(where: { $0.contains(address) }) { addresses.widen(AddressKey(address)) }
    }

    // MARK: Replies

    /// Look-ups that are wanted since the last call.
    package mutating func takeQuestions() -> [NameQuestion] { names.takeQuestions() }

    /// What the resolver says.
    package mutating func named(_ replies: [NameReply], now: Instant) {
        for reply in replies {
            guard let (record, waiting) = names.note(reply, now: now) else { continue }
            for origin in waiting {
                guard let active = activeOrigin(origin) else { continue }
                active.isNaming = false
                if reply.news == .slow {
                    dropMany(active, now)  // it may take long
                    if record.use(demand: nil, now) != .stale {
                        active.isNaming = true
                        names.ask(record, for: origin, now: now)
                        continue
                    }
                }
                if case .done(let answer) = reply.news, let floor = nameFloors[origin], answer.begunAt >= floor {
                    nameFloors[origin] = nil
                }
                goOn(active, now)
            }
        }
        for origin in names.takeTurns() {
            guard let active = activeOrigin(origin) else { continue }
            active.isNaming = false
            goOn(active, now)
        }
    }

    /// It no longer waits for its name.
    private mutating func goOn(_ active: ActiveOrigin, _ now: Instant) {
        if guardProbe.map({ URLKey.origin(of: $0.url.id) == active.id }) ?? false { isProbeNaming = false }
        rest(active, now: now)
        if active.readyAt <= now, active.nextWork(now).map({ $0 <= now }) ?? false { wakeFirst(active.id) }
    }

    /// An operator wants to know it anew.
    mutating func demandName(of origin: Int64, now: Instant) {
        guard looksUp else { return }
        if nameFloors.count >= Self.mostFloors { nameFloors = [:] }
        nameFloors[origin] = now
    }

    static let mostFloors = 65_536

    // MARK: Requests that were not sent

    /// The request that would have gone out is answered by its name: true. It was due at `dueAt`: what was known before is
    /// an answer of now.
    mutating func answerUnasked(_ ticket: Int64, dueAt: Instant, _ active: ActiveOrigin, _ now: Instant) -> Bool {
        guard var answer = active.unasked else { return false }
        active.unasked = nil
        if answer.begunAt < dueAt || answer.endedAt > now { (answer.begunAt, answer.endedAt) = (now, now) }
        active.inFlight += 1
        active.outstanding += 1
        inFlight += 1
        let result = FetchResult(ticket: ticket, unresolved: answer, isOurs: isOurs(answer, active))
        unasked.append(result)
        // Whose fault it is cannot be told: the next URL does not ask at once what this one was told.
        if result.flags.contains(.resolverDown), case .name(let record)? = active.host {
            active.nextStart = max(active.nextStart, record.expiresAt)
        }
        active.isErrandTurn = true
        rest(active, now: now)
        return true
    }

    /// Results of requests that were not sent, since the last call.
    package mutating func takeUnasked() -> [FetchResult] {
        guard !unasked.isEmpty else { return [] }
        defer { unasked = [] }
        return unasked
    }

    /// A name that cannot be looked up is its site's doing only if nothing else explains it: it failed twice, its servers
    /// answer others, and we reach others.
    private func isOurs(_ answer: NameAnswer, _ active: ActiveOrigin) -> Bool {
        guard case .failed(let failure) = answer.finding else { return false }
        guard [.serverFailure, .timedOut].contains(failure.kind), failure.isConfirmed, failure.answersOthers else {
            return true
        }
        return !guards.hasAnswer(fromOtherThan: domain(of: active), since: answer.endedAt - Self.othersWithin)
    }

    static let othersWithin = Duration.seconds(60)

    // MARK: Answers

    /// What a request says of the address that it went to.
    mutating func noteAddresses(_ result: FetchResult, _ sent: Destinations?, _ active: ActiveOrigin, now: Instant) {
        guard let sent,
            result.failedAddresses > 0 || result.remoteAddress != sent.first || result.curlCode != 0
                || !families.isCalm,
            case .name(let record)? = active.host
        else { return }
        let before = record.bytes
        record.drop(sent, failed: Int(result.failedAddresses), now: now)
        if let remote = result.remoteAddress, result.flags.contains(.connected) {
            let hasHandshake = !result.flags.contains(.https) || result.flags.contains(.tlsEstablished)
            if hasHandshake { record.answered(at: remote) } else { record.drop(remote, now: now) }
            let other = (0..<Int(result.failedAddresses)).contains { sent[$0].map { $0.isV4 != remote.isV4 } ?? false }
            families.connected(domain(of: active), v4: remote.isV4, afterOther: other, now: now)
        }
        names.resized(record, by: record.bytes - before)
    }

    /// Nobody connects to the first of these: the name's next request goes by the others.
    mutating func dropFailed(_ result: FetchResult, _ sent: Destinations, of active: ActiveOrigin, now: Instant) {
        guard case .name(let record)? = active.host else { return }
        let before = record.bytes
        record.drop(sent, failed: Int(result.failedAddresses), now: now)
        names.resized(record, by: record.bytes - before)
    }
}
