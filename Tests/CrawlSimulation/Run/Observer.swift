import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization

/// Keeps the history and asks every invariant at every step; remembers the first violation.
///
/// Everything runs on the thread that drives the virtual time; the lock is for the compiler.
final class Observer: Sendable {
    fileprivate struct State {
        var history: History
        var invariants: [any Invariant]
        var violation: Violation?
        var journal: [Int: [JournalLine]] = [:]
        var jumped: Int64 = 0
        var lastAlert: Int64 = 0
        var requests = 0
        var lookUps = 0
        var unsent = 0
        var alerts = 0
        var marks = 0
        var hands = 0
    }

    private let state: Mutex<State>
    private let start: Instant

    init(plan: WorldPlan, start: Instant, only: Set<String>) {
        self.start = start
        let invariants = Invariants.all.filter { only.isEmpty || only.contains($0.name) }
        state = Mutex(State(history: History(plan: plan), invariants: invariants))
    }

    var violation: Violation? { state.withLock { $0.violation } }
    var figures: (requests: Int, alerts: Int, marks: Int, hands: Int) {
        state.withLock { ($0.requests, $0.alerts, $0.marks, $0.hands) }
    }

    func steady(_ wall: Instant) -> Int64 { state.withLock { (wall - start).ms - $0.jumped } }

    // MARK: Requests

    /// `movesAt`: when it goes on to its second address, steady time; nil = it does not.
    func asked(
        _ target: Target, _ request: SimulatedFetcher.Request, isControl: Bool, movesAt: Int64?, steady: Int64
    ) -> Asked {
        state.withLock { state in
            state.history.now = steady
            var asked = Asked(
                target: target, startedAt: request.at, steady: steady, life: state.history.life,
                isConditional: request.etag != nil, isControl: isControl)
            asked.workerFault = request.workerFault
            asked.sendsTo = request.sendsTo
            asked.movesAt = movesAt
            asked.isProof = isControl && !state.history.softBlocks.isSwitched(target)
            state.check { $0.asked(asked, $1) }
            state.history.note(asked)
            state.requests += 1
            return asked
        }
    }

    func answered(_ asked: Asked, _ fault: Fault, _ culprit: Culprit, completedAt: Instant) {
        state.withLock { state in
            guard asked.life == state.history.life else { return }
            let steady = (completedAt - start).ms - state.jumped
            state.history.now = max(state.history.now, steady)
            let answer = Answer(
                asked: asked, completedAt: completedAt, steady: steady, timeline: state.history.timeline, fault: fault,
                culprit: culprit)
            state.history.note(answer)
            state.write(
                asked.target.origin,
                "\(asked.target)\(asked.isControl ? " control" : "")\(asked.isConditional ? " conditional" : "") \(fault)",
                answered: steady,
                asked: asked.steady)
            state.check { $0.answered(answer, $1) }
        }
    }

    // MARK: Names

    var nameFigures: (lookUps: Int, unsent: Int) { state.withLock { ($0.lookUps, $0.unsent) } }

    /// A look-up of the origin's name has ended.
    func named(_ origin: Int, _ answer: NameAnswer, isOfSilence: Bool) {
        state.withLock { state in
            let steady = (answer.endedAt - start).ms - state.jumped
            state.history.now = max(state.history.now, steady)
            state.history.named(origin, answer.finding, at: steady, isOfSilence: isOfSilence)
            state.lookUps += 1
            if case .addresses = answer.finding { return }
            state.write(origin, "NAME \(answer.finding.text(isOurs: isOfSilence))")
        }
    }

    /// An attempt that was no request, as the name has no address: an observation all the same.
    func unasked(_ target: Target, _ result: FetchResult) {
        state.withLock { state in
            let steady = (result.completedAt - start).ms - state.jumped
            state.history.now = max(state.history.now, steady)
            var asked = Asked(
                target: target, startedAt: result.startedAt, steady: (result.startedAt - start).ms - state.jumped,
                life: state.history.life)
            asked.isUnsent = true
            let answer = Answer(
                asked: asked, completedAt: result.completedAt, steady: steady, timeline: state.history.timeline,
                fault: result.flags.contains(.resolverDown) ? .noResolver : .noName,
                culprit: state.history.names[target.origin]?.isOfSilence ?? false ? .network : .origin)
            state.history.note(asked)
            state.history.note(answer)
            state.unsent += 1
            state.write(target.origin, "\(target) unsent \(answer.fault)", answered: steady, asked: asked.steady)
            state.check { $0.answered(answer, $1) }
        }
    }

    // MARK: Alerts

    /// Reads what the store has told since the last call; returns the origins whose incidents closed.
    func look(_ store: FrontierStore, at wall: Instant) throws -> [Int] {
        let after = state.withLock { $0.lastAlert }
        let new = try store.alerts(after: after, limit: 10_000).map(\.alert)
        let wide = try widened(store)
        guard !new.isEmpty || !wide.isEmpty else { return [] }
        return state.withLock { state in
            state.history.now = max(state.history.now, (wall - start).ms - state.jumped)
            state.lastAlert = new.last?.seq ?? after
            let resolved = new.compactMap { state.told($0) }
            for facts in wide { state.widened(facts) }
            return resolved
        }
    }

    /// Open incidents that were told of a URL and are now of its origin, of suspect origins that were asked just now.
    private func widened(_ store: FrontierStore) throws -> [AlertFacts] {
        let narrow = state.withLock { state in
            state.history.openURLs.filter { state.history.domains[$0.origin].lastTriedAt > state.history.now - 10_000 }
                .filter { state.history.isTripped($0.origin) }.flatMap(\.incidents)
        }
        return try narrow.compactMap { id in
            // In the order of their numbers it comes right after what they begin with.
            try store.incidents(openOnly: true, after: String(id.dropLast()), limit: 8).map(\.facts)
                .first { $0.incident == id && $0.scope == .origin }
        }
    }

    // MARK: The store

    /// As an operator sees it.
    func standing(_ origin: Int) -> HandPlan.Standing {
        state.withLock { state in
            let open = state.history.open(at: origin)
            if open.contains(where: { $0.scope == .partial }) { return .sharing }
            return open.isEmpty && !state.history.isTripped(origin) ? .well : .troubled
        }
    }

    /// An operator begins to act.
    func handed(_ hand: Hand, at wall: Instant) {
        state.withLock { state in
            state.history.now = max(state.history.now, (wall - start).ms - state.jumped)
            state.history.hand(at: hand.origin)
            state.hands += 1
            for index in state.invariants.indices { state.invariants[index].handed(hand.origin) }
            state.write(hand.origin, "HAND \(hand)")
            // What is no matter of one origin names none: its rows may be any of those.
            state.write(-1, "HAND \(hand)")
        }
    }

    /// The store was written to.
    func committed(_ store: FrontierStore, at wall: Instant) {
        state.withLock { $0.history.now = max($0.history.now, (wall - start).ms - $0.jumped) }
        committed(store)
    }

    private func committed(_ store: FrontierStore) {
        state.withLock { state in
            for index in state.invariants.indices where state.violation == nil {
                do {
                    let breach = try state.invariants[index].committed(store, state.history)
                    if let breach { state.violate(state.invariants[index], breach) }
                } catch {
                    state.violate(state.invariants[index], Breach(nil, "the store cannot be read: \(error)"))
                }
            }
        }
    }

    func surveyed(_ survey: Survey, at wall: Instant) {
        note("surveyed", at: wall, isTold: false)
        state.withLock { state in state.check { $0.surveyed(survey, $1) } }
    }

    func repaired(_ repair: FrontierRepair, at wall: Instant) {
        guard let fault = repair.faults.first, let name = repair.names.first else { return }
        state.withLock { state in
            state.violate(SharedRowsFit(), Breach(nil, "a start had to mend \(name): \(fault.kind.rawValue)"))
        }
    }

    func delivered(_ delivered: Delivered) {
        state.withLock { state in
            let facts = delivered.alert.facts
            let target = facts.url.flatMap { Target($0) } ?? facts.origin.flatMap { Target(origin: $0) }
            state.write(
                target?.origin ?? -1,
                "-> \(delivered.sink): \(facts.event.rawValue) \(facts.incident.suffix(4)) \(delivered.alert.seq)")
            state.check { $0.delivered(delivered, $1) }
        }
    }

    // MARK: The daemon's life

    func jumped(by step: Duration) {
        state.withLock { state in
            state.jumped += step.ms
            state.history.jumped()
            state.writeAll("clock set by \(step)")
        }
    }

    func killed(at wall: Instant) {
        state.withLock { state in
            state.history.now = max(state.history.now, (wall - start).ms - state.jumped)
            state.history.killed()
            for index in state.invariants.indices { state.invariants[index].killed(state.history) }
            state.writeAll("kill -9")
        }
    }

    func started(at wall: Instant) {
        note("started", at: wall)
        state.withLock { $0.history.started() }
    }

    func note(_ text: String, at wall: Instant, isTold: Bool = true) {
        state.withLock { state in
            state.history.now = max(state.history.now, (wall - start).ms - state.jumped)
            state.history.wall = wall
            if isTold { state.writeAll(text) }
        }
    }

    func rested(_ store: FrontierStore, scripts: [OriginScript], isEnd: Bool) throws {
        try state.withLock { state in
            for index in state.invariants.indices {
                if var recovers = state.invariants[index] as? Recovers {
                    recovers.scripts = scripts
                    state.invariants[index] = recovers
                }
                let breach = try state.invariants[index].rested(state.history, store, isEnd: isEnd)
                if let breach { state.violate(state.invariants[index], breach) }
            }
        }
        committed(store)
    }
}

/// One line of an origin's own timeline.
struct JournalLine: Sendable {
    /// Steady time.
    var at: Int64
    var text: String
}

extension Observer.State {
    fileprivate mutating func check(_ ask: (inout any Invariant, History) -> Breach?) {
        guard violation == nil else { return }
        for index in invariants.indices {
            guard let breach = ask(&invariants[index], history) else { continue }
            violate(invariants[index], breach)
            if violation != nil { return }
        }
    }

    fileprivate mutating func violate(_ invariant: any Invariant, _ breach: Breach) {
        guard violation == nil else { return }
        if let origin = breach.origin, history.handled.contains(origin), !invariant.holdsUnderHands { return }
        var lines = Array((journal[breach.origin ?? -1] ?? []).suffix(60))
        if breach.origin != nil, let from = lines.first?.at {
            // What befell all of them belongs to what befell one.
            lines += (journal[-1] ?? []).filter { $0.at >= from && !$0.text.hasPrefix("==") }
            lines.sort { $0.at < $1.at }
        }
        violation = Violation(
            seed: history.plan.seed, invariant: invariant.name, origin: breach.origin.map { history.plan.origins[$0] },
            at: history.now, text: breach.text, timeline: lines)
    }

    /// An origin whose incident is over, or nil.
    fileprivate mutating func told(_ alert: StoredAlert) -> Int? {
        let facts = alert.facts
        alerts += 1
        let target = facts.url.flatMap { Target($0) } ?? facts.origin.flatMap { Target(origin: $0) }
        write(
            target?.origin ?? -1,
            "ALERT \(facts.event.rawValue) \(facts.url ?? facts.origin ?? "-") cause \(facts.cause), "
                + "\(facts.scope) \(facts.incident.suffix(4)) relapses \(facts.relapses)")
        switch facts.event {
        case .softBlocked:
            guard let target else { return nil }
            let block = SoftBlocks.Block(
                target: target, isWhole: facts.scope == .origin, cause: facts.cause, at: history.now)
            history.softBlocked(block, facts.incident)
            check { $0.softBlocked(block, $1) }
            return nil
        case .resolved where history.softBlocks.incidents.contains(facts.incident): return nil
        case .resolved:
            let episode = history.episodes[facts.incident]
            history.close(facts.incident, at: Instant(ms: facts.lastAtMs))
            check { $0.closed(episode, $1) }
            return episode?.target?.origin
        default:
            // A reminder opens nothing.
            guard facts.event != .reminder else { return nil }
            let scope = Episode.scope(of: facts)
            let episode = Episode(
                id: facts.incident, scope: scope, cause: facts.cause,
                target: scope == .edge || scope == .offline ? nil : target,
                isByRobots: scope == .origin && facts.url != nil, openedAt: history.now,
                firstAtMs: facts.firstAtMs, markedAt: alert.at)
            let isNew = history.episodes[facts.incident] == nil
            if isNew {
                history.open(episode)
                marks += 1
            }
            check { $0.opened(episode, isNew: isNew, $1) }
            return nil
        }
    }

    fileprivate mutating func widened(_ facts: AlertFacts) {
        guard let episode = history.widen(facts.incident, isByRobots: facts.url != nil) else { return }
        write(episode.target?.origin ?? -1, "widened \(facts.incident.suffix(4)) \(facts.url ?? "")")
        check { $0.widened(episode, $1) }
    }

    fileprivate mutating func write(_ origin: Int, _ text: String, answered: Int64? = nil, asked: Int64? = nil) {
        let wait = answered.flatMap { answered in asked.map { " after \(answered - $0) ms" } } ?? ""
        journal[origin, default: []].append(JournalLine(at: asked ?? history.now, text: text + wait))
        if let count = journal[origin]?.count, count > 400 { journal[origin]?.removeFirst(200) }
    }

    fileprivate mutating func writeAll(_ text: String) {
        for origin in -1..<history.plan.origins.count { write(origin, "== " + text) }
    }
}
