internal import CrawlCore

/// The way of one name from its first question to the finding, both families together; it decides, and whoever carries it
/// sends, waits and delivers.
///
/// | IPv4 | IPv6 | finding |
/// |---|---|---|
/// | addresses, or | addresses | those there are; the other family is waited for 50 ms only (RFC 8305 §3) |
/// | NXDOMAIN | anything else, or nothing in 50 ms | no such name |
/// | NODATA | NODATA or NXDOMAIN (RFC 4074 §4.2) | no address |
/// | NXDOMAIN | NODATA | no address |
/// | NODATA | failure | that failure |
/// | failure | anything else | the failure |
/// | NODATA | not asked for | IPv6 is asked too: addresses there are `otherFamily`, else as above |
///
/// A failure of a name that is judged is asked again 5 s later, and if it fails again, and no server that failed it has
/// answered others, a control question is asked.
struct LookUp: Sendable {
    /// What is to be done; all of it, in this order.
    struct Actions: OptionSet, Sendable {
        let rawValue: UInt32
        init(rawValue: UInt32) { self.rawValue = rawValue }

        /// A family's question has ended: it leaves its place.
        static func leave(_ family: Int) -> Actions { Actions(rawValue: 1 << UInt32(family)) }
        /// Send it, in the place that it has.
        static func ask(_ family: Int) -> Actions { Actions(rawValue: 4 << UInt32(family)) }
        /// It has no place in the window, and is to have one; then it is sent.
        static func place(_ family: Int) -> Actions { Actions(rawValue: 16 << UInt32(family)) }
        /// It leaves the window, and is to have a place among the slow; then it is sent.
        static func slow(_ family: Int) -> Actions { Actions(rawValue: 64 << UInt32(family)) }
        /// It leaves its place; `place` after the quest's pause.
        static func pause(_ family: Int) -> Actions { Actions(rawValue: 256 << UInt32(family)) }
        /// Say `slow` to those who wait.
        static let tellSlow = Actions(rawValue: 1 << 10)
        /// Call `delayOver` after the resolution delay.
        static let delay = Actions(rawValue: 1 << 11)
        /// Call `again` after the confirmation's time.
        static let confirm = Actions(rawValue: 1 << 12)
        /// Deliver `finding` to those who do not judge.
        static let tellUnjudged = Actions(rawValue: 1 << 13)
        /// Find out whether servers answer others, and call `judge`.
        static let control = Actions(rawValue: 1 << 14)
        /// Deliver `finding` to all.
        static let end = Actions(rawValue: 1 << 15)
    }

    private enum Phase: UInt8 {
        case asking
        /// The first round failed; the second comes.
        case between
        /// Both failed; it is found out whether it was the servers.
        case judging
        case ended
    }

    private var v4 = Quest()
    private var v6 = Quest()
    /// Those that were asked for, and those whose question runs or has run in this round.
    private(set) var families: NameFamilies = []
    private(set) var asked: NameFamilies = []
    private(set) var finding = NameAnswer.Finding.noName(ttl: nil)
    private var phase = Phase.asking
    private var isSecondRound = false
    private var isDelayed = false
    private var isTold = false
    /// A failure is worth a second round and a control.
    var isJudged: Bool

    init(isJudged: Bool) { self.isJudged = isJudged }

    var isEnded: Bool { phase == .ended }

    /// How many places in the window it begins with.
    static func size(_ families: NameFamilies) -> Int { families == .both ? 2 : 1 }

    subscript(_ family: Int) -> Quest {
        // In place: it is on the way of every answer.
        _read { if family == 0 { yield v4 } else { yield v6 } }
        _modify { if family == 0 { yield &v4 } else { yield &v6 } }
    }

    /// Every server that failed it in this round.
    var blamed: UInt8 { v4.blamed | v6.blamed }

    /// The first questions; it has places for all of them. `first`: the server that is asked first.
    mutating func begin(_ families: NameFamilies, first: Int) -> Actions {
        self.families = families
        return round(first, Actions.ask)
    }

    /// The wait before the second round is over.
    mutating func again(first: Int) -> Actions {
        guard phase == .between else { return [] }
        phase = .asking
        isSecondRound = true
        isDelayed = false
        return round(first, Actions.place)
    }

    private mutating func round(_ first: Int, _ action: (Int) -> Actions) -> Actions {
        asked = families
        var actions: Actions = []
        for i in 0...1 where families.contains(Self.family(i)) {
            self[i].begin(first: first)
            actions.insert(action(i))
        }
        return actions
    }

    /// The question of a family is sent.
    mutating func sent(_ family: Int, _ now: Instant) { self[family].sent(now) }

    mutating func answered(
        _ family: Int, _ answer: DNSAnswer, by server: UInt8, sending: UInt8, servers: Int, schedule: RetrySchedule
    ) -> Actions {
        switch phase {
        case .between, .judging:
            // An answer that came after all; it is good at any time.
            guard answer.kind == .addresses, families.contains(Self.family(family)) else { return [] }
            return end(.addresses(answer.addresses, ttl: Self.duration(answer.ttl)))
        case .asking, .ended:
            return carryOut(
                self[family].answered(answer, by: server, sending: sending, servers: servers, schedule: schedule),
                family)
        }
    }

    /// The wait for an answer to the last sending is over.
    mutating func waited(_ family: Int, servers: Int, schedule: RetrySchedule) -> Actions {
        // What nobody wants any more is not asked again.
        guard phase == .asking else { return Actions.leave(family) }
        return carryOut(self[family].waited(servers: servers, schedule: schedule), family)
    }

    mutating func found(unreachable server: UInt8, _ family: Int, sending: UInt8, servers: Int) -> Actions {
        guard phase == .asking else { return [] }
        return carryOut(self[family].found(unreachable: server, sending: sending, servers: servers), family)
    }

    /// Our own machine could not send the question of a family.
    mutating func lacked(_ family: Int, errno: Int32, schedule: RetrySchedule) -> Actions {
        guard phase == .asking else { return Actions.leave(family) }
        return carryOut(self[family].lacked(errno: errno, schedule: schedule), family)
    }

    mutating func delayOver() -> Actions {
        guard phase == .asking, isDelayed else { return [] }
        return settle(isDelayOver: true)
    }

    /// Ends what is being judged. `answersOthers`: servers that failed it answered another name.
    mutating func judge(answersOthers: Bool) -> Actions {
        guard phase == .judging, case .failed(var failure) = finding else { return [] }
        failure.answersOthers = answersOthers
        return end(.failed(failure))
    }

    private mutating func carryOut(_ next: Quest.Next, _ family: Int) -> Actions {
        switch next {
        case .wait: return []
        case .ask: return phase == .asking ? Actions.ask(family) : Actions.leave(family)
        case .pause: return phase == .asking ? Actions.pause(family) : Actions.leave(family)
        case .slow:
            let news: Actions = isTold ? [] : .tellSlow
            isTold = true
            return [Actions.slow(family), news]
        case .done:
            return [Actions.leave(family), phase == .asking ? settle(isDelayOver: false) : []]
        }
    }

    // MARK: The finding

    private mutating func settle(isDelayOver: Bool) -> Actions {
        let outcomes = (outcome(0), outcome(1))
        if families == .v4, asked == .v4, case .answer(let answer) = outcomes.0, answer.kind == .noAddress {
            // Nothing of a family that we connect by; is there another?
            asked = .both
            self[1].begin(first: Int(self[0].server))
            return Actions.place(1)
        }
        let isComplete = (0...1).allSatisfy { !asked.contains(Self.family($0)) || self[$0].isDone }
        if isComplete { return conclude(combined(outcomes)) }
        guard Self.isEnough(outcomes) else { return [] }
        if isDelayOver { return conclude(combined(outcomes)) }
        if isDelayed { return [] }
        isDelayed = true
        return .delay
    }

    /// nil = it is not known yet, or was not asked.
    private func outcome(_ family: Int) -> Quest.Outcome? {
        asked.contains(Self.family(family)) ? self[family].outcome : nil
    }

    /// The other family is not waited for long.
    private static func isEnough(_ outcomes: (Quest.Outcome?, Quest.Outcome?)) -> Bool {
        if case .answer(let v4) = outcomes.0 { return v4.kind != .noAddress }
        if case .answer(let v6) = outcomes.1 { return v6.kind == .addresses }
        return false
    }

    /// `outcomes`: nil = not asked, or not waited for.
    private func combined(_ outcomes: (Quest.Outcome?, Quest.Outcome?)) -> NameAnswer.Finding {
        var addresses: [IPAddress] = []
        var ttl: UInt32?
        var nodata: [UInt32?] = []
        var failures: [NameFailure] = []
        for case let outcome? in [outcomes.0, outcomes.1] {
            switch outcome {
            case .answer(let answer) where answer.kind == .addresses:
                addresses += answer.addresses
                ttl = [ttl, answer.ttl].compactMap { $0 }.min()
            case .answer(let answer):
                if answer.kind == .noAddress { nodata.append(answer.ttl) }
            case .failure(let kind, let errno):
                var failure = NameFailure(kind)
                failure.errno = errno
                failures.append(failure)
            }
        }
        if !addresses.isEmpty {
            if families == .v4, !addresses.contains(where: \.isV4) { return .failed(NameFailure(.otherFamily)) }
            return .addresses(addresses, ttl: Self.duration(ttl))
        }
        if case .answer(let v4) = outcomes.0, v4.kind == .noName, nodata.isEmpty {
            return .noName(ttl: Self.duration(v4.ttl))
        }
        if let failure = failures.first { return .failed(failure) }
        // A server that says of no time makes none of it hold.
        if !nodata.isEmpty {
            return .noAddress(ttl: nodata.contains(nil) ? nil : Self.duration(nodata.compactMap { $0 }.min()))
        }
        if case .answer(let v6) = outcomes.1 { return .noName(ttl: Self.duration(v6.ttl)) }
        return .failed(NameFailure(.timedOut))
    }

    private mutating func conclude(_ finding: NameAnswer.Finding) -> Actions {
        guard isJudged, case .failed(var failure) = finding, Self.isConfirmable(failure.kind) else {
            return end(finding)
        }
        guard isSecondRound else {
            self.finding = finding
            phase = .between
            return [.tellUnjudged, .confirm]
        }
        failure.isConfirmed = true
        self.finding = .failed(failure)
        phase = .judging
        return .control
    }

    private static func isConfirmable(_ kind: NameFailure.Kind) -> Bool {
        switch kind {
        case .serverFailure, .timedOut, .garbled: true
        case .refused, .otherFamily, .lacking: false
        }
    }

    private mutating func end(_ finding: NameAnswer.Finding) -> Actions {
        self.finding = finding
        phase = .ended
        return .end
    }

    private static func family(_ index: Int) -> NameFamilies { index == 0 ? .v4 : .v6 }

    private static func duration(_ ttl: UInt32?) -> Duration? { ttl.map { .seconds(Int64($0)) } }
}
