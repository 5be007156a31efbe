import CrawlCore
import CrawlTesting

/// The ways in which origins fail in the wild; an origin has one.
package enum Behaviour: String, CaseIterable, Sendable {
    case fine
    /// A few minutes of 520 or 502, some times a day.
    case deploys
    /// Hours of everything failing.
    case outage
    /// Bad and good in turn, minutes each.
    case flapping
    /// One URL of a good site, from some moment on.
    case oneBroken
    /// Half of the URLs, for a day.
    case halfBroken
    /// The first three URLs are broken for ever, the others never.
    case threeFirst
    /// A third of the requests, for hours: one data centre cannot reach the origin.
    case coloLocal
    /// 520 only when asked fast.
    case burstInduced
    /// 520 for every page, with robots.txt or without it, or for two, from some moment on or ever since: this client is
    /// not liked.
    case softBlock
    /// An outage with one answer in the middle that says nothing.
    case lostProbe
    /// The name does not exist, from the first request on.
    case dead
    /// 520 for everything, robots.txt too, from the first request on.
    case everything520
    /// An outage, and another 10 min after crawld found that the first was over.
    case relapseSoon
    /// The same, 2 h after.
    case relapseLater
    /// 521, then 520, then 525: never an hour of one of them.
    case mixedClasses
    /// An outage with 429 in between.
    case throttledOutage
    /// The same, so long that an hour has less than four probe times.
    case sparseOutage
    /// An outage with a few 500 in between.
    case waveringOutage
    /// Every request with validators fails, in the same way, and every other one is good.
    case failsOnValidators
    /// For hours every request fails in us before a packet is out.
    case ownFault
    /// From the first request on, for hours: 500, 520 and no route in turn.
    case mixedFromFirst
    /// The same: 503 with a Retry-After of minutes or hours.
    case putOffFromFirst
    /// The same: an edge's challenge.
    case challengedFromFirst

    /// Those that a plan draws from.
    static let drawn = allCases.filter { $0 != .failsOnValidators && $0 != .ownFault }

    /// What such an origin is afflicted with, over `days`.
    func troubles(pages: Int, days: Int, _ random: inout SeededRandom) -> [Trouble] {
        let end = Duration.hours(Double(days) * 24)
        let begin = Duration.minutes(Double(random.int(2 * 60...(days * 24 - 30) * 60)))
        let fault = random.pick([Fault.code(520), .code(520), .code(520), .empty, .code(522), .refused]) ?? .code(520)
        switch self {
        case .fine, .relapseSoon, .relapseLater:
            return self == .fine
                ? [] : [.between(begin, begin + .minutes(Double(random.int(100...240))), .code(520))]
        case .deploys:
            return (0..<days * 3).map { turn in
                let from = Duration.minutes(Double(turn * 8 * 60 + random.int(60...400)))
                let fault = random.pick([Fault.code(520), .code(502), .code(521)]) ?? .code(520)
                return .between(from, from + .minutes(Double(random.int(1...7))), fault)
            }
        case .outage:
            return [.between(begin, begin + .hours(Double.random(in: 0.5..<14, using: &random)), fault)]
        case .flapping:
            let bad = Int64(random.int(4...50)) * 60_000
            let good = Int64(random.int(2...20)) * 60_000
            return [
                .between(begin, begin + .hours(10), .code(520), pattern: .flapping(bad: bad, good: good))
            ]
        case .oneBroken:
            return [.between(begin, end, fault, scope: .some([random.int(0...pages - 1)]))]
        case .halfBroken:
            let half = Set((0..<pages).filter { $0 % 2 == 0 })
            return [.between(begin, begin + .hours(24), .code(520), scope: .some(half))]
        case .threeFirst: return [.between(.zero, end, .code(520), scope: .some([0, 1, 2]))]
        case .coloLocal: return [.between(begin, begin + .hours(8), .code(520), pattern: .share(0.35))]
        case .burstInduced: return [.between(.zero, end, .code(520), scope: .pages, pattern: .crowded(4))]
        case .softBlock:
            let draw = begin.ms / 60_000
            let scope: Trouble.Scope = [.some([0, 1]), .pages, .everything][Int(draw % 3)]
            return [.between(draw % 4 == 0 ? .zero : begin, end, .code(520), scope: scope)]
        case .lostProbe:
            let lost = Int64(random.int(3...55)) * 60_000
            let length = Int64(random.int(1...50)) * 60_000
            return [
                .between(begin, begin + .hours(6), .noResolver, pattern: .sinceFirst(lost, lost + length)),
                .between(begin, begin + .hours(6), .code(520)),
            ]
        case .dead: return [.between(.zero, end, .noName)]
        case .everything520: return [.between(.zero, end, .code(520))]
        case .mixedClasses:
            let turn = Duration.minutes(40).ms
            return [Fault.code(521), .code(520), .code(525)].enumerated().map { index, fault in
                .between(
                    begin, begin + .hours(10), fault,
                    pattern: .sinceFirst(Int64(index) * turn, Int64(index + 1) * turn))
            }
        case .throttledOutage:
            let pause = Int64(random.int(1...55)) * 60_000
            let wait = Fault.throttled(random.int(30...1200))
            return [
                .between(begin, begin + .hours(6), wait, pattern: .sinceFirst(pause, pause + 180_000)),
                .between(begin, begin + .hours(6), .code(520)),
            ]
        case .sparseOutage:
            // Probes at 5 and 45 min are put off to 37 and 65: three probe times in an hour.
            return [
                .between(begin, begin + .hours(6), .throttled(1900), pattern: .sinceFirst(60_000, 600_000)),
                .between(begin, begin + .hours(6), .throttled(1080), pattern: .sinceFirst(2_520_000, 3_000_000)),
                .between(begin, begin + .hours(6), .code(520)),
            ]
        case .mixedFromFirst:
            let end = Duration.minutes(Double(random.int(70...14 * 60)))
            return [Fault.code(500), .code(520), .noRoute].enumerated().map { index, fault in
                .between(.zero, end, fault, pattern: .turn(of: 3, index))
            }
        case .putOffFromFirst:
            let wait = random.pick([5, 90, 600, 1500, 3600, 20_000]) ?? 3600
            return [.between(.zero, .minutes(Double(random.int(70...14 * 60))), .putOff(wait))]
        case .challengedFromFirst:
            return [.between(.zero, .minutes(Double(random.int(70...14 * 60))), .challenge)]
        case .waveringOutage:
            let pause = Int64(random.int(5...70)) * 60_000
            return [
                .between(begin, begin + .hours(6), .code(500), pattern: .sinceFirst(pause, pause + 20 * 60_000)),
                .between(begin, begin + .hours(6), .code(520)),
            ]
        case .failsOnValidators: return []
        case .ownFault: return [.between(begin, begin + .hours(6), .noPacket)]
        }
    }
}
