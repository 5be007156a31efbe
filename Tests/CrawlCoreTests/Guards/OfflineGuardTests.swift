import CrawlTesting
import Testing

@testable import CrawlCore

@Suite struct OfflineGuardTests {
    @Test(
        "five domains that were good fall silent within 60 s, and nobody has answered in that time",
        arguments: [(4, 61.0, false), (5, 61.0, true), (5, 59.0, false), (20, 59.0, false), (20, 3600.0, true)],
        [DomainAnswer.Kind.silence, .unexplained])
    func begins(_ course: (silent: UInt64, after: Double, isOffline: Bool), kind: DomainAnswer.Kind) {
        var trial = GuardTrial()
        trial.note(.good, 0..<20)
        trial.pass(.milliseconds(Int64(course.after * 1000)))
        trial.note(kind, 0..<course.silent)
        #expect(trial.guards.isOffline == course.isOffline)
    }

    @Test("it is seen 60 s after the last answer, without another request")
    func later() {
        var trial = GuardTrial()
        trial.note(.good, 0..<20)
        trial.pass(.seconds(20))
        trial.note(.silence, 0..<20)
        trial.run(to: at(61)) { _, _ in .silence }
        #expect(trial.begins == [at(60)])
    }

    @Test(
        "an answer of whomever, good or bad, keeps it away", arguments: [DomainAnswer.Kind.good, .edgeFailure, .other])
    func answer(kind: DomainAnswer.Kind) {
        var trial = GuardTrial()
        trial.note(.good, 0..<20)
        trial.pass(.seconds(100))
        trial.note(kind, 999)
        trial.note(.silence, 0..<20)
        #expect(!trial.guards.isOffline)
    }

    @Test("what was never good may be silent for ever")
    func neverGood() {
        var trial = GuardTrial()
        trial.note(.good, 0..<4)
        trial.pass(.seconds(100))
        trial.note(.silence, 0..<100)
        #expect(!trial.guards.isOffline)
        #expect(trial.guards.status(now: trial.now).isOfflineGuardOff)
    }

    @Test("one domain is asked every 30 s, in turn; answers of two end it, two of one do not")
    func probes() {
        var trial = GuardTrial()
        trial.note(.good, 0..<6)
        trial.pass(.seconds(100))
        trial.note(.silence, 0..<6)
        trial.run(to: at(100 + 360)) { domain, _ in domain == 2 ? .good : .silence }
        #expect(trial.sampled.map(\.at) == (1...12).map { at(100 + Double($0) * 30) })
        #expect(Set(trial.sampled.prefix(6).flatMap(\.domains)) == Set(0..<6))
        #expect(trial.guards.isOffline)
        trial.run(to: at(100 + 720)) { _, _ in .edgeFailure }
        #expect(trial.ends.count == 1)
        #expect(trial.guards.cover(999, nil).windowsFrom == trial.ends.first)
    }

    @Test("random lives: it begins exactly when looking through everything says so", arguments: 1...60)
    func oracle(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var trial = GuardTrial()
        var silences: [(domain: UInt64, at: Instant)] = []
        var good: Set<UInt64> = []
        var lastAnswer = at(0)
        let silence = Double.random(in: 0.5...0.97, using: &random)
        for _ in 0..<3000 {
            trial.pass(.milliseconds(Int64(random.int(0...9_000))))
            let domain = UInt64(random.int(0...12))
            if good.count > 6, random.chance(silence) {
                trial.note(.silence, domain)
                if good.contains(domain) { silences.append((domain, trial.now)) }
            } else {
                trial.note(.good, domain)
                good.insert(domain)
                lastAnswer = trial.now
            }
            trial.step()
            let recent = Set(silences.filter { $0.at >= trial.now - .seconds(60) }.map(\.domain))
            let isOffline = recent.count >= 5 && trial.now - lastAnswer >= .seconds(60)
            #expect(trial.guards.isOffline == isOffline)
            if isOffline { return }
        }
    }
}
