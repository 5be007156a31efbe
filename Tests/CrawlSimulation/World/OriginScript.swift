import CrawlCore
import CrawlTesting

/// One origin: what it has, and what is wrong with it when.
package struct OriginScript: Sendable {
    package var number: Int
    package var behaviour: Behaviour
    package var pages: Int
    package var recrawl: Duration
    package var isBehindEdge: Bool
    /// Its pages have entity tags.
    package var hasValidators: Bool
    /// What a request with them meets; `none` = what others meet.
    package var onValidators = Fault.none
    /// The first that shows counts.
    package var troubles: [Trouble]

    package var key: String { "http://www.site\(number).com" }
    package func url(_ page: Int?) -> String { page.map { "\(key)/page/\($0)" } ?? "\(key)/robots.txt" }

    init(number: Int, behaviour: Behaviour, isBusy: Bool, days: Int, _ random: inout SeededRandom) {
        self.number = number
        self.behaviour = behaviour
        let least = behaviour == .threeFirst || behaviour == .halfBroken ? 8 : 1
        pages =
            random.chance(0.15) || (behaviour == .halfBroken || behaviour == .outage) && random.chance(0.5)
            ? random.int(20...30) : random.int(least...max(least, 8))
        recrawl = isBusy && random.chance(0.5) ? .minutes(20) : .hours(Double(random.int(4...12)))
        if pages > 8 { recrawl = .hours(12) } else if recrawl < .hours(1) { pages = least }
        isBehindEdge = behaviour != .dead && random.chance(0.6) || behaviour == .challengedFromFirst
        hasValidators = number % 2 == 0 || behaviour == .failsOnValidators
        if behaviour == .failsOnValidators {
            let faults = [Fault.code(520), .code(500), .empty, .preconditionFailed, .code(522)]
            let fault = faults[number / 3 % faults.count]
            onValidators = isBehindEdge || fault == .code(500) || fault == .preconditionFailed ? fault : .empty
        }
        troubles = behaviour.troubles(pages: pages, days: days, &random)
        if isBehindEdge { askForQuiet() }
        guard !isBehindEdge else { return }
        // Without an edge nobody makes its codes.
        for index in troubles.indices {
            switch troubles[index].fault {
            case .code(520): troubles[index].fault = .empty
            case .code(521): troubles[index].fault = .refused
            case .code(let status) where status > 520: troubles[index].fault = .noRoute
            default: break
            }
        }
    }

    /// What the edge asks for with its 52x, in seconds; 0 = nothing. By the origin's number, so that the draws stay what they
    /// are without it.
    private static let wishes = [0, 5, 120, 600, 1200, 3600, 86_400, 3600]

    private mutating func askForQuiet() {
        let wish = Self.wishes[number % Self.wishes.count]
        guard wish > 0, [.outage, .oneBroken, .halfBroken, .everything520, .relapseSoon].contains(behaviour) else {
            return
        }
        for index in troubles.indices {
            guard case .code(let status) = troubles[index].fault, (520...524).contains(status) else { continue }
            troubles[index].fault = .asking(status, wish)
        }
    }

    /// Many pages most of which fail for a day and more, the others never: so many that some of them share an incident.
    mutating func becomeCrowd(days: Int, _ random: inout SeededRandom) {
        behaviour = .halfBroken
        pages = random.int(36...60)
        recrawl = .hours(Double(random.int(2...6)))
        isBehindEdge = true
        onValidators = .none
        let begin = Duration.minutes(Double(random.int(60...10 * 60)))
        let length = Duration.hours(Double(random.int(20...max(21, days * 24 - 30))))
        // A quarter never fails; the others do in six waves, so that some fail for the first time when others share an
        // incident already.
        troubles = (0..<6).map { wave in
            let failing = Set(
                (0..<pages).filter { $0 % 4 != 0 && (wave == 0 ? $0 % 2 == 1 : $0 % 2 == 0 && $0 / 2 % 5 == wave - 1) })
            return .between(begin + .hours(Double(wave) * 3), begin + length, .code(520), scope: .some(failing))
        }
    }

    func fault(at: Int64, page: Int?, first: Int64, recent: Int, draw: Double) -> Fault {
        troubles.first { $0.shows(at: at, page: page, first: first, recent: recent, draw: draw) }?.fault ?? .none
    }

    /// So few of its URLs fail that none is held for the others' sake.
    func isAlone(_ target: Target) -> Bool {
        switch behaviour {
        case .oneBroken: true
        case .everything520: target.page == nil
        default: pages < RulesText.trip && target.page != nil
        }
    }

    /// What its answers cost the worker: some keep it, or send far more than answers, where they fail by sending no
    /// answer; others overdraw their turns now and then.
    func cost(of fault: Fault, at: Int64) -> FetchResult.Flags {
        if number % 7 == 3, fault == .reset { return .overhead }
        if number % 7 == 3, fault == .empty { return at % 2 == 0 ? .stalledInParser : .overhead }
        return number % 5 == 1 && at % 4 == 0 && fault == .none ? .overdrew : []
    }

    var troubledFrom: Int64 { troubles.map(\.from).min() ?? .max }

    /// From then on nothing is wrong with it.
    var isFineFrom: Int64 { troubles.map(\.to).max() ?? 0 }

    /// What is wrong with all of it at a moment; nil = nothing.
    func whole(at: Int64) -> Trouble? { troubles.first { $0.isWhole && $0.from <= at && at < $0.to } }
}
