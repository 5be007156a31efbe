internal import CCares
internal import CrawlCore
internal import DequeModule
internal import Glibc

extension Resolver {
    /// Queues a question; one that needs no server is answered at once.
    func take(_ question: NameQuestion) {
        switch NameForm.of(question.host) {
        case .name: break
        case .literal(let address): return reply(question, .addresses([address], ttl: nil))
        case .loopback: return reply(question, .addresses(loopback, ttl: nil))
        case .impossible: return reply(question, .noName(ttl: nil))
        }
        if askers[question.host]?.add(question) == nil {
            askers[question.host] = Askers(question)
            waiting.append(question.host)
        }
    }

    private var loopback: [IPAddress] {
        let families = families
        let v4 = IPAddress(v4: 0x7F00_0001)
        let v6 = IPAddress(v6High: 0, low: 1)
        return families == .both ? [v4, v6] : families == .v6 ? [v6] : [v4]
    }

    /// When our own machine could not send a question, no name's first one is sent for so long.
    static let lackPause = Duration.milliseconds(100)

    /// While so many questions wait for a place among the slow ones, no new name is begun: each costs some hundred bytes.
    private static let mostInSlowLine = 65_536

    /// Sends what there is room for: among the slow, then what is asked again, then names.
    func fill() {
        while slow < options.maxSlow, let wake = slowLine.popFirst() {
            guard isOwed(wake) else { continue }
            flights[Int(wake.slot)][Int(wake.family)] = .slow
            slow += 1
            send(Int(wake.slot), Int(wake.family))
        }
        while window.room > 0, let wake = again.popFirst() {
            guard isOwed(wake) else { continue }
            enter(Int(wake.slot), Int(wake.family))
        }
        if slowLine.count >= Self.mostInSlowLine { return }
        let families = families
        let size = LookUp.size(families)
        if let lackedAt, steady - lackedAt < Self.lackPause { return }
        while again.isEmpty, window.room >= size || window.inFlight == 0, flights.count < SendingToken.mostSlots,
            let host = waiting.popFirst()
        {
            begin(host, families)
        }
    }

    /// The look-up that waited for the place still wants it.
    private func isOwed(_ wake: Wake) -> Bool {
        let slot = Int(wake.slot)
        guard flights[slot].stamp == wake.stamp, !flights[slot].isFree, !flights[slot].look.isEnded else {
            return false
        }
        return flights[slot][Int(wake.family)] == .none && !flights[slot].look[Int(wake.family)].isDone
    }

    private func begin(_ host: String, _ families: NameFamilies) {
        guard let askers = askers.removeValue(forKey: host) else { return }
        if let addresses = hosts.addresses(host, families) {
            return askers.each { reply($0, .addresses(addresses, ttl: nil)) }
        }
        shell?.channels.beginLookUp(steady)
        let slot = makeFlight(host, LookUp(isJudged: askers.isJudged))
        flights[slot].askers = askers
        let actions = flights[slot].look.begin(families, first: record.first(steady))
        for family in 0...1 where actions.contains(LookUp.Actions.ask(family)) { enter(slot, family) }
    }

    /// Its place in the window is free.
    private func enter(_ slot: Int, _ family: Int) {
        window.sent()
        flights[slot][family] = .window
        send(slot, family)
    }

    /// In the place that it has.
    func send(_ slot: Int, _ family: Int) {
        guard let shell else { return }
        flights[slot].look.sent(family, flightTime)
        let quest = (server: flights[slot].look[family].server, sending: flights[slot].look[family].sendings)
        let token = SendingToken(
            slot: slot, stamp: flights[slot].stamp, family: family, server: quest.server, sending: quest.sending)
        let error = shell.channels.ask(
            Int(quest.server), flights[slot].host, type: flights[slot].type(family), token: token.bits)
        guard error == 0 else { return heard.append((token, .unsent(errno: error))) }
        let steps = options.schedule.steps
        let step = min(Int(flights[slot].look[family].step), steps.count - 1)
        wakes.add(wake(.answer, slot, family), after: steps[step], flightTime)
    }

    func wake(_ kind: Wake.Kind, _ slot: Int, _ family: Int = 0) -> Wake {
        Wake(
            kind: kind, family: UInt8(family), sending: flights[slot].look[family].sendings, slot: UInt32(slot),
            stamp: flights[slot].stamp)
    }

    func makeFlight(_ host: String, _ look: LookUp) -> Int {
        let slot = freeSlots.popLast() ?? flights.count
        if slot == flights.count { flights.append(Flight(stamp: 0, look: look)) }
        let stamp = (flights[slot].stamp + 1) & 0xFF_FFFF
        flights[slot] = Flight(
            stamp: stamp, host: host, name: host.hashValue, look: look, begunAt: now, isFree: false)
        return slot
    }

    /// Gives the slot back once nothing of it is under way.
    func freeIfIdle(_ slot: Int) {
        guard !flights[slot].isFree, flights[slot].look.isEnded, flights[slot].places == (.none, .none) else { return }
        flights[slot].isFree = true
        flights[slot].host = ""
        flights[slot].askers = Askers()
        freeSlots.append(slot)
    }
}
