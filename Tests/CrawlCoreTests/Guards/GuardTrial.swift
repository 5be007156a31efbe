import CrawlTesting

@testable import CrawlCore

/// The guards alone, fed with answers of made-up domains.
struct GuardTrial {
    var guards: CrawlGuards
    var now = at(0)
    var random = SeededRandom(seed: 1)
    private(set) var periods: [GuardPeriod] = []
    private(set) var sampled: [(at: Instant, domains: [UInt64])] = []

    init(_ edit: (inout StormRules) -> Void = { _ in }) {
        var rules = StormRules()
        edit(&rules)
        guards = CrawlGuards(rules: rules, opening: GuardOpening(), now: at(0))
    }

    mutating func note(_ kind: DomainAnswer.Kind, _ domain: UInt64, edge: Edge = .cloudflare, since: Instant? = nil) {
        let answer = DomainAnswer(
            domain: domain, kind: kind, edge: [.silence, .unexplained].contains(kind) ? nil : edge, origin: 1,
            url: Int64(domain), failingSince: since, at: now)
        guards.note(answer, using: &random)
        take()
    }

    mutating func note(_ kind: DomainAnswer.Kind, _ domains: Range<UInt64>) {
        for domain in domains { note(kind, domain) }
    }

    mutating func pass(_ time: Duration) { now = now + time }

    mutating func step() {
        guards.step(now: now, using: &random)
        take()
    }

    /// Time goes on to `end`; whoever is sampled answers at once.
    mutating func run(to end: Instant, answer: (UInt64, Instant) -> DomainAnswer.Kind) {
        while let next = guards.nextStepAt, next <= end {
            now = max(now, next)
            guards.step(now: now, using: &random)
            take()
            let targets = guards.targets(now: now)
            guard !targets.isEmpty else { continue }
            let asked = guards.isOffline ? Array(targets.prefix(1)) : targets
            sampled.append((now, asked.map(\.domain)))
            for target in asked {
                guards.noteAsked(target, now: now)
                note(answer(target.domain, now), target.domain)
            }
        }
        now = end
    }

    private mutating func take() { periods += guards.takeChanges().periods }

    var begins: [Instant] { periods.filter { $0.ended == nil }.map(\.began) }
    var ends: [Instant] { periods.compactMap(\.ended) }
}
