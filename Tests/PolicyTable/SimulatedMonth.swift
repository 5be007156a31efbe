import CrawlCore
import CrawlTesting

/// Thirty days of some origins, each with one outage in which everything answers 520, robots.txt too. Times count in
/// milliseconds from the month's start.
struct SimulatedMonth {
    static let length = Duration.hours(24 * 30)
    /// Every page is fetched again a day after each good answer.
    static let recrawl = Duration.hours(24)

    struct Origin {
        /// When each page is due first, spread over the first day.
        var firstDue: [Int64]
        var outage: Outage
    }

    struct Outage {
        var kind: OutageClass
        var from: Int64
        /// `Int64.max` = for good.
        var to: Int64

        func contains(_ moment: Int64) -> Bool { from <= moment && moment < to }
    }

    let seed: UInt64
    private(set) var origins: [Origin] = []

    var pages: Int { origins.reduce(0) { $0 + $1.firstDue.count } }

    /// 60 % of the origins have one page, 30 % ten, 10 % a thousand; within each size the classes of outage have their
    /// shares exactly, as far as whole numbers go.
    init(origins count: Int, seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        var isDead = false
        for (pages, percent) in [(1, 60), (10, 30), (1000, 10)] {
            for kind in Self.kinds(count * percent / 100) {
                let due = (0..<pages).map { _ in Int64.random(in: 0..<Self.recrawl.ms, using: &random) }
                // Every other one of those that are broken for good was never seen good.
                if kind == .forGood { isDead.toggle() }
                let outage =
                    kind == .forGood && isDead
                    ? Outage(kind: kind, from: .min, to: .max) : Self.outage(kind, due, &random)
                origins.append(Origin(firstDue: due, outage: outage))
            }
        }
    }

    /// Largest remainders, so that the shares come out for small numbers too.
    private static func kinds(_ count: Int) -> [OutageClass] {
        var whole = OutageClass.allCases.map { ($0, count * $0.share / 100, count * $0.share % 100) }
        let missing = count - whole.reduce(0) { $0 + $1.1 }
        let order = whole.indices.sorted { whole[$0].2 > whole[$1].2 }
        for index in order.prefix(missing) { whole[index].1 += 1 }
        return whole.flatMap { Array(repeating: $0.0, count: $0.1) }
    }

    /// It begins so that at least one page is due while it lasts: one that nobody sees tells nothing. It ends a week
    /// before the month does, at the latest.
    private static func outage(_ kind: OutageClass, _ due: [Int64], _ random: inout SeededRandom) -> Outage {
        let length = (kind.length ?? .hours(48)).ms
        let page = random.pick(due) ?? 0
        let seen = page + recrawl.ms * Int64(random.int(3...18))
        let from = seen - Int64(Double(length) * Double.random(in: 0.1..<0.9, using: &random))
        return Outage(kind: kind, from: from, to: kind.length == nil ? .max : from + length)
    }
}
