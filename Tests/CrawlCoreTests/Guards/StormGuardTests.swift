import CrawlTesting
import Testing

@testable import CrawlCore

@Suite struct StormGuardTests {
    @Test(
        "a storm takes five domains that turned bad, and more than a tenth of those asked",
        arguments: [
            (4, 4, false), (5, 5, true), (5, 49, true), (5, 50, false), (9, 89, true), (9, 90, false), (6, 50, true),
        ])
    func trigger(bad: UInt64, asked: UInt64, isStorm: Bool) {
        var trial = GuardTrial()
        trial.note(.good, 0..<asked)
        trial.pass(.seconds(600))
        trial.note(.edgeFailure, 0..<bad)
        #expect(trial.guards.hasStorm == isStorm)
        #expect(trial.begins.count == (isStorm ? 1 : 0))
    }

    @Test("only domains that were good in the 24 h before their streak count", arguments: [23.9, 24.1])
    func memory(hours: Double) {
        var trial = GuardTrial()
        trial.note(.good, 0..<10)
        trial.pass(.milliseconds(Int64(hours * 3_600_000)))
        trial.note(.edgeFailure, 0..<10)
        #expect(trial.guards.hasStorm == (hours < 24))
    }

    @Test(
        "a domain has not turned bad by what nobody knows whose fault it was",
        arguments: [(DomainAnswer.Kind.unexplained, true), (.silence, false)])
    func unexplained(kind: DomainAnswer.Kind, isStorm: Bool) {
        var trial = GuardTrial()
        trial.note(.good, 0..<40)
        // One at a time: we are not offline.
        for domain: UInt64 in 0..<5 {
            trial.note(kind, domain)
            trial.note(.other, 39)
            trial.pass(.seconds(70))
        }
        trial.pass(.seconds(20 * 60))
        trial.note(.edgeFailure, 0..<5)
        #expect(trial.guards.hasStorm == isStorm)
    }

    @Test("what was never seen good makes no storm, however much of it fails")
    func neverGood() {
        var trial = GuardTrial()
        trial.note(.edgeFailure, 0..<1000)
        trial.note(.good, 1000..<1010)
        trial.note(.edgeFailure, 0..<1000)
        #expect(!trial.guards.hasStorm)
    }

    @Test("failures that are not the edge's, or that lie far apart, make none")
    func others() {
        var trial = GuardTrial()
        trial.note(.good, 0..<10)
        trial.note(.failure, 0..<10)
        #expect(!trial.guards.hasStorm)
        trial.note(.good, 0..<10)
        for domain: UInt64 in 0..<10 {
            trial.pass(.seconds(6 * 60))
            trial.note(.edgeFailure, domain)
        }
        #expect(!trial.guards.hasStorm)  // 4 in any 20 min
    }

    @Test("pages that failed when their sites were seen good say nothing of the sites")
    func ownFailures() {
        var trial = GuardTrial()
        let since = trial.now
        trial.pass(.seconds(60))
        trial.note(.good, 0..<10)
        trial.pass(.seconds(60))
        for domain: UInt64 in 0..<10 { trial.note(.edgeFailure, domain, since: since) }
        #expect(!trial.guards.hasStorm)
    }

    @Test("a storm that grew far beyond the domains that made it goes on while all of them fail")
    func grows() {
        var trial = GuardTrial()
        trial.note(.good, 0..<40)
        trial.pass(.seconds(30 * 60))  // none of them is asked within the window
        trial.note(.edgeFailure, 0..<40)
        trial.run(to: at(3 * 3600)) { _, _ in .edgeFailure }
        #expect(trial.guards.hasStorm)
        #expect(trial.begins.count == 1)
    }

    @Test("at most 20 members are asked every 5 min, in turn, and they alone")
    func sample() {
        var trial = GuardTrial()
        trial.note(.good, 0..<100)
        trial.note(.edgeFailure, 0..<50)
        trial.run(to: at(3600)) { _, _ in .edgeFailure }
        #expect(trial.sampled.map(\.at) == (1...12).map { at(Double($0) * 300) })
        #expect(trial.sampled.allSatisfy { $0.domains.count == 20 })
        #expect(Set(trial.sampled.prefix(3).flatMap(\.domains)).count == 50)
        #expect(trial.guards.storm(over: 49) != nil)
        #expect(trial.guards.storm(over: 50) == nil)
    }

    @Test(
        "it ends when fewer than half of its share have failed for 10 min",
        arguments: [(0, 900.0), (9, 900.0), (10, nil), (20, nil)])
    func ends(failing: UInt64, at second: Double?) {
        var trial = GuardTrial()
        trial.note(.good, 0..<100)
        trial.note(.edgeFailure, 0..<20)
        // The first sample asks all 20; those that are well leave, the others are asked again.
        trial.run(to: at(1500)) { domain, _ in domain < failing ? .edgeFailure : .good }
        #expect(trial.ends == (second.map { [at($0)] } ?? []))
    }

    @Test("a provider that is well again ends it after 10 min of good samples")
    func recovers() {
        var trial = GuardTrial()
        trial.note(.good, 0..<100)
        trial.note(.edgeFailure, 0..<40)
        trial.run(to: at(7200)) { _, now in now < at(3600) ? .edgeFailure : .good }
        #expect(trial.ends == [at(4200)])
        #expect(trial.periods.last?.isGivenUp == false)
        #expect((0..<40).allSatisfy { trial.guards.storm(over: $0) == nil })
    }

    @Test("after storm.max it is given up; what still fails counts in none until it is seen good")
    func longest() {
        var trial = GuardTrial { $0.max = .seconds(3600) }
        trial.note(.good, 0..<20)
        trial.note(.edgeFailure, 0..<20)
        trial.run(to: at(3600)) { _, _ in .edgeFailure }
        #expect(trial.ends == [at(3600)])
        #expect(trial.periods.last?.isGivenUp == true)
        trial.note(.edgeFailure, 0..<20)
        #expect(trial.begins.count == 1)
        trial.note(.good, 0..<20)
        trial.pass(.seconds(60))
        trial.note(.edgeFailure, 0..<20)
        #expect(trial.begins.count == 2)
    }

    @Test("marks and windows: none inside, none from before its end; other edges are not touched")
    func cover() {
        var trial = GuardTrial { $0.max = .seconds(3600) }
        trial.note(.good, 0..<20)
        trial.note(.good, 50, edge: .direct)
        trial.note(.edgeFailure, 0..<20)
        #expect(!trial.guards.cover(3, nil).mayMark)
        #expect(!trial.guards.cover(999, .cloudflare).mayMark)  // never seen good, but behind it
        #expect(trial.guards.cover(50, .direct).mayMark)
        trial.run(to: at(3600)) { _, _ in .edgeFailure }
        #expect(trial.guards.cover(3, nil).mayMark)
        #expect(trial.guards.cover(3, nil).windowsFrom == at(3600))
        #expect(trial.guards.cover(50, .direct).windowsFrom == Instant(ms: .min))
    }

    @Test("random lives: the first storm begins exactly when counting everything anew says so", arguments: 1...60)
    func oracle(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var trial = GuardTrial()
        var naive = NaiveStorm()
        let domains = UInt64(random.int(5...60))
        let badness = Double.random(in: 0...0.08, using: &random)
        for _ in 0..<2000 {
            trial.pass(.milliseconds(Int64(random.int(0...30_000))))
            let domain = UInt64(random.int(0...Int(domains)))
            let kind: DomainAnswer.Kind =
                random.chance(badness) ? .edgeFailure : random.chance(0.1) ? .other : .good
            trial.note(kind, domain)
            naive.answers.append((domain, kind, trial.now))
            #expect(trial.guards.hasStorm == (kind == .edgeFailure && naive.isStorm(at: trial.now)))
            if trial.guards.hasStorm { return }
        }
    }
}

/// Keeps every answer and counts them all, each time.
private struct NaiveStorm {
    var answers: [(domain: UInt64, kind: DomainAnswer.Kind, at: Instant)] = []

    func isStorm(at now: Instant) -> Bool {
        let from = now - .seconds(1200)
        var bad = 0
        var asked = 0
        for domain in Set(answers.map(\.domain)) {
            let own = answers.filter { $0.domain == domain }
            guard let firstGood = own.firstIndex(where: { $0.kind == .good }) else { continue }
            let known = own[firstGood...]
            if known.contains(where: { $0.at >= from }) { asked += 1 }
            guard let lastGood = known.lastIndex(where: { $0.kind == .good }) else { continue }
            let streak = known[lastGood...].first { $0.kind == .edgeFailure }
            if let streak, streak.at >= from { bad += 1 }
        }
        return bad >= 5 && Double(bad) > 0.1 * Double(asked)
    }
}
