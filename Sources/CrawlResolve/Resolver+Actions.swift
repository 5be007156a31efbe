internal import CCares
internal import CrawlCore
internal import Glibc

/// What came of a sending.
enum HeardAnswer {
    case answer(DNSAnswer)
    case unreachable
    /// Our own machine did not send it.
    case unsent(errno: Int32)
}

extension Resolver {
    /// An answer that comes so soon after a question was sent again is not one to the first sending.
    private static let soon = Duration.milliseconds(500)

    /// From within c-ares: notes it, and does nothing else.
    func hear(_ token: SendingToken, _ event: CaresChannel.Event) {
        let slot = token.slot
        guard flights.indices.contains(slot), flights[slot].stamp == token.stamp, !flights[slot].isFree else { return }
        switch event {
        case .message(let bytes):
            let (type, isControl) = (flights[slot].type(token.family), flights[slot].suffix != nil)
            let answer = flights[slot].host.utf8.withContiguousStorageIfAvailable {
                DNSMessage.read(bytes, host: $0, type: type, isControl: isControl)
            }
            heard.append((token, .answer(answer ?? DNSAnswer(.garbled))))
        case .unreachable: heard.append((token, .unreachable))
        case .noMemory: heard.append((token, .unsent(errno: ENOMEM)))
        }
    }

    func take(_ token: SendingToken, _ answer: HeardAnswer) {
        let (slot, family) = (token.slot, token.family)
        guard flights.indices.contains(slot), flights[slot].stamp == token.stamp, !flights[slot].isFree else { return }
        switch answer {
        case .answer(let answer):
            if answer.isFinding { note(token) }
            let actions = flights[slot].look.answered(
                family, answer, by: token.server, sending: token.sending, servers: record.count,
                schedule: options.schedule)
            if actions.contains(LookUp.Actions.pause(family)) {
                window.refused(isAgain: flights[slot].look[family].pauses > 1, flightTime)
            }
            carryOut(actions, slot)
        case .unreachable: unreachable(token)
        case .unsent(let errno):
            lackedAt = steady
            switch errno {
            case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ENOSPC: lacked(token, errno)
            default:
                // There may be a way to another server.
                if !unreachable(token) { lacked(token, errno) }
            }
        }
    }

    private func note(_ token: SendingToken) {
        let quest = flights[token.slot].look[token.family]
        record.answered(Int(token.server), name: flights[token.slot].name, steady)
        guard !quest.isDone, token.sending == quest.sendings else { return }
        let time = flightTime - quest.sentAt
        if flights[token.slot][token.family] == .window { window.answered(after: time.ms, flightTime) }
        guard quest.step > 0, time < Self.soon else { return }
        let isOthers = (0..<record.count).contains { quest.blamed & 1 << UInt8($0) != 0 && record.isSilent($0) }
        if !isOthers { window.lost(flightTime) }
    }

    /// Returns whether another server is asked.
    @discardableResult
    private func unreachable(_ token: SendingToken) -> Bool {
        let actions = flights[token.slot].look.found(
            unreachable: token.server, token.family, sending: token.sending, servers: record.count)
        carryOut(actions, token.slot)
        return !actions.isEmpty
    }

    private func lacked(_ token: SendingToken, _ errno: Int32) {
        guard flights[token.slot].look[token.family].sendings == token.sending else { return }
        carryOut(
            flights[token.slot].look.lacked(token.family, errno: errno, schedule: options.schedule), token.slot)
    }

    /// Does all that a look-up wants done.
    func carryOut(_ actions: LookUp.Actions, _ slot: Int) {
        guard !actions.isEmpty else { return }
        for family in 0...1 { carryOut(actions, slot, family) }
        if actions.contains(.tellSlow) {
            flights[slot].askers.each { replies.append(NameReply(ticket: $0.ticket, .slow)) }
        }
        if actions.contains(.delay) {
            wakes.add(wake(.delay, slot), after: options.schedule.resolutionDelay, flightTime)
        }
        if actions.contains(.confirm) {
            wakes.add(wake(.confirm, slot), after: options.schedule.confirmation, flightTime)
        }
        if actions.contains(.tellUnjudged) { tell(slot, flights[slot].askers.takeUnjudged()) }
        if actions.contains(.control) { control(slot) }
        if actions.contains(.end) { end(slot) }
        freeIfIdle(slot)
    }

    private func carryOut(_ actions: LookUp.Actions, _ slot: Int, _ family: Int) {
        if actions.contains(LookUp.Actions.leave(family)) { leave(slot, family) }
        if actions.contains(LookUp.Actions.slow(family)) {
            leave(slot, family)
            slowLine.append(wake(.answer, slot, family))
        }
        if actions.contains(LookUp.Actions.pause(family)) {
            leave(slot, family)
            let pauses = options.schedule.pauses
            let index = min(max(0, flights[slot].look[family].pauseIndex), pauses.count - 1)
            wakes.add(wake(.pause, slot, family), after: pauses[index], flightTime)
        }
        if actions.contains(LookUp.Actions.place(family)) { again.append(wake(.pause, slot, family)) }
        if actions.contains(LookUp.Actions.ask(family)) { send(slot, family) }
    }

    private func leave(_ slot: Int, _ family: Int) {
        switch flights[slot][family] {
        case .none: break
        case .window: window.left()
        case .slow: slow -= 1
        }
        flights[slot][family] = .none
    }

    // MARK: Whose fault

    private func control(_ slot: Int) {
        let flight = flights[slot]
        if record.answersOthers(flight.look.blamed, than: flight.name, steady) {
            return carryOut(flights[slot].look.judge(answersOthers: true), slot)
        }
        let suffix = options.publicSuffix(flight.host)
        let waiter = UInt64(slot) << 32 | UInt64(flight.stamp)
        switch controls.ask(suffix, for: waiter, random: options.random, steady) {
        case .wait: break
        case .silent: carryOut(flights[slot].look.judge(answersOthers: false), slot)
        case .ask(let name):
            let control = makeFlight(name, LookUp(isJudged: false))
            flights[control].suffix = suffix
            _ = flights[control].look.begin(.v4, first: record.first(steady))
            again.append(wake(.pause, control, 0))
        }
    }

    /// A control question has its finding.
    private func controlEnded(_ slot: Int, _ suffix: String) {
        var isAnswered = false
        if case .noName = flights[slot].look.finding { isAnswered = true }
        for waiter in controls.ended(suffix, isAnswered: isAnswered, steady) {
            let (other, stamp) = (Int(waiter >> 32), UInt32(truncatingIfNeeded: waiter))
            guard flights[other].stamp == stamp, !flights[other].isFree else { continue }
            carryOut(flights[other].look.judge(answersOthers: isAnswered), other)
        }
    }

    private func end(_ slot: Int) {
        if let suffix = flights[slot].suffix { return controlEnded(slot, suffix) }
        let askers = flights[slot].askers
        flights[slot].askers = Askers()
        tell(slot, askers)
    }
}
