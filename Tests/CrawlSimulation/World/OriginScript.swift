import CrawlCore
import CrawlTesting

/// One origin: what it has, and what is wrong with it when.
package struct OriginScript: Sendable {
    package var number: Int
    package var behaviour: Behaviour
    package var pages: Int
    package var recrawl: Duration
    package var isBehindEdge: Bool
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
        troubles = behaviour.troubles(pages: pages, days: days, &random)
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

    func fault(at: Int64, page: Int?, first: Int64, recent: Int, draw: Double) -> Fault {
        troubles.first { $0.shows(at: at, page: page, first: first, recent: recent, draw: draw) }?.fault ?? .none
    }

    var troubledFrom: Int64 { troubles.map(\.from).min() ?? .max }

    /// From then on nothing is wrong with it.
    var isFineFrom: Int64 { troubles.map(\.to).max() ?? 0 }

    /// What is wrong with all of it at a moment; nil = nothing.
    func whole(at: Int64) -> Trouble? { troubles.first { $0.isWhole && $0.from <= at && at < $0.to } }
}
