import CrawlCore
import CrawlTesting
import Synchronization

/// The network of a plan: answers requests, and tells an observer of each request and answer. Everything runs on the
/// thread that drives the virtual time.
package final class SimulatedWorld: Sendable {
    package let plan: WorldPlan
    let start: Instant
    fileprivate let state: Mutex<State>
    private let observer: Observer
    /// Who acts beside requests; nil = nobody does.
    private let hands = Mutex<SimulatedOperator?>(nil)

    var `operator`: SimulatedOperator? {
        get { hands.withLock { $0 } }
        set { hands.withLock { $0 = newValue } }
    }

    fileprivate struct State {
        var scripts: [OriginScript]
        var random: SeededRandom
        /// Steady time of requests of the last 20 s, by origin.
        var recent: [[Int64]]
        var relapsed: Set<Int> = []
        /// Of names, apart from those of requests.
        var nameDraws: SeededRandom
        /// When a name server last answered for an origin's name.
        var served: [Int: Int64] = [:]
        /// When the first page was asked since the origin's troubles began.
        var firstAsked: [Int: Int64] = [:]
    }

    init(plan: WorldPlan, start: Instant, observer: Observer) {
        self.plan = plan
        self.start = start
        self.observer = observer
        state = Mutex(
            State(
                scripts: plan.origins, random: SeededRandom(seed: plan.seed ^ 0x5eed),
                recent: Array(repeating: [], count: plan.origins.count),
                nameDraws: SeededRandom(seed: plan.seed ^ 0x0d5)))
    }

    /// What a look-up of a name comes to.
    func lookUp(_ question: SimulatedResolver.Question) -> SimulatedResolver.Answer {
        guard let names = plan.names, let origin = Target(origin: "http://" + question.host)?.origin,
            names.hosts.indices.contains(origin)
        else { return SimulatedResolver.Answer(.noName(ttl: nil), latency: .zero) }
        let now = observer.steady(question.at)
        let look = state.withLock { state in
            let latency = Int64(state.nameDraws.int(1...200))
            let served = state.served
            let look = SimulatedLookUp(of: origin, in: names, at: now, latency: latency) { since in
                served.contains { $0.key != origin && $0.value >= since }
            }
            if case .failed = look.finding { return look }
            state.served[origin] = look.endsAt
            return look
        }
        var answer = SimulatedResolver.Answer(look.finding, latency: .milliseconds(look.endsAt - now))
        answer.isSlow = look.isSlow
        answer.told = { [observer] in observer.named(origin, $0, isOfSilence: look.isOfSilence) }
        return answer
    }

    func answer(_ request: SimulatedFetcher.Request) -> SimulatedFetcher.Answer {
        guard let target = Target(request.url) else { return SimulatedFetcher.Answer(status: 404) }
        let now = observer.steady(request.at)
        let isControl = request.profile == WorldPlan.control
        let isConditional = request.etag != nil
        let way = plan.names?.way(of: target.origin, request.sendsTo, at: now) ?? .straight
        var (fault, culprit, colo, latency) = state.withLock { state in
            state.fault(target, isControl: isControl, at: now, plan.incidents)
        }
        let script = plan.origins[target.origin]
        if isConditional, fault == .none { fault = script.onValidators }
        var movesAt: Int64?
        switch way {
        case .straight: break
        case .nowhere: if fault == .none { fault = .refused }
        case .onward(let after):
            guard fault.isHTTP else { break }
            movesAt = now + after.ms
            latency += after
        }
        let asked = observer.asked(target, request, isControl: isControl, movesAt: movesAt, steady: now)
        self.operator?.asked(target, latency: latency)
        let cost = script.cost(of: fault, at: now)
        var answer = SimulatedFetcher.Answer(status: 200, latency: latency) { [observer, fault, culprit, colo] result in
            fault.write(to: &result, colo: colo)
            if request.sendsTo != nil, fault.isBeforeConnect { result.failedAddresses = 1 }
            result.flags.formUnion(cost)
            if target.page == nil, fault == .none { result.status = 404 }
            if target.page != nil, fault == .none, script.hasValidators {
                result.status = isConditional ? 304 : 200
                var details = result.details ?? FetchDetails()
                details.etag = "\"page\""
                result.details = details
            }
            observer.answered(asked, fault, culprit, completedAt: result.completedAt)
        }
        answer.moves = movesAt.map { [.milliseconds($0 - now)] } ?? []
        return answer
    }

    /// crawld found that an outage is over.
    func resolved(origin: Int, steady now: Int64) {
        state.withLock { state in
            guard state.scripts.indices.contains(origin) else { return }
            let wait: Duration? =
                switch state.scripts[origin].behaviour {
                case .relapseSoon: .minutes(10)
                case .relapseLater: .hours(2)
                default: nil
                }
            guard let wait, state.relapsed.insert(origin).inserted else { return }
            let from = now + wait.ms
            state.scripts[origin].troubles.append(
                Trouble(from: from, to: from + Duration.hours(3).ms, fault: state.scripts[origin].troubles[0].fault))
        }
    }

    var scripts: [OriginScript] { state.withLock { $0.scripts } }
}

extension SimulatedWorld.State {
    mutating func fault(
        _ target: Target, isControl: Bool, at now: Int64, _ incidents: [WorldPlan.Incident]
    ) -> (Fault, Culprit, String?, Duration) {
        let script = scripts[target.origin]
        recent[target.origin].removeAll { $0 < now - 20_000 }
        recent[target.origin].append(now)
        let latency = Duration.milliseconds(random.int(20...900))
        let colo = script.isBehindEdge ? random.pick(["FRA", "AMS"]) : nil
        let draw = Double.random(in: 0..<1, using: &random)
        for incident in incidents where !incident.isOfNames && incident.from <= now && now < incident.to {
            guard incident.culprit == .network || script.isBehindEdge else { continue }
            return (incident.fault, incident.culprit, incident.culprit == .network ? nil : colo, latency)
        }
        if target.page != nil, now >= script.troubledFrom, firstAsked[target.origin] == nil {
            firstAsked[target.origin] = now
        }
        if isControl, script.behaviour == .softBlock { return (.none, .origin, colo, latency) }
        let fault = script.fault(
            at: now, page: target.page, first: firstAsked[target.origin] ?? .max / 2,
            recent: recent[target.origin].count, draw: draw)
        return (fault, .origin, colo, latency)
    }
}

/// Which URL of which origin.
package struct Target: Hashable, Sendable {
    package var origin: Int
    /// nil = robots.txt.
    package var page: Int?

    init(origin: Int, page: Int?) {
        self.origin = origin
        self.page = page
    }

    /// nil = none of the simulated origins'.
    init?(_ url: String) {
        guard url.hasPrefix("http://www.site"), let dot = url.dropFirst(15).firstIndex(of: ".") else { return nil }
        guard let origin = Int(url.dropFirst(15)[..<dot]) else { return nil }
        self.origin = origin
        let path = url[dot...].dropFirst(".com".count)
        if path == "/robots.txt" || path.isEmpty { return }
        guard path.hasPrefix("/page/"), let page = Int(path.dropFirst(6)) else { return nil }
        self.page = page
    }

    /// Of an origin's key: `page` is nil.
    init?(origin key: String) { self.init(key + "/robots.txt") }
}
