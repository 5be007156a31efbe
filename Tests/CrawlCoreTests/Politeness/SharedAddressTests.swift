import CrawlTesting
import Testing

@testable import CrawlCore

/// Origins behind one address: the limit holds from each one's second request on, and nobody starves.
struct SharedAddressTests {
    static let address = IPAddress(v4: 0x7F00_0001)

    /// Every answer comes from the one address.
    static func trial(seed: UInt64, limit: Int, _ adjust: (inout SchedulerRules) -> Void = { _ in }) -> SchedulerTrial {
        var trial = SchedulerTrial(seed: seed) {
            $0.perAddressInFlight = limit
            adjust(&$0)
        }
        trial.address = { _, _ in address }
        return trial
    }

    @Test("the limit holds once the addresses are known, and all origins have their turn", arguments: [1, 2, 4, 7])
    func limit(_ limit: Int) {
        var trial = Self.trial(seed: 1, limit: limit) {
            $0.crawlDelay = .zero
            $0.perOriginInFlight = 3
        }
        for origin in Int64(1)...20 { for n in 0..<10 { trial.enqueue(origin, n) } }
        trial.run(until: at(10_000))
        #expect(trial.verdicts.count == 200)
        #expect(trial.mostKnownAtAddress == limit)
        #expect(trial.faults.isEmpty, "\(trial.faults.prefix(3))")
        // Round by round: between two turns of one origin, the others come at most twice.
        for origin in Int64(1)...20 {
            let turns = trial.starts.enumerated().filter { $0.element.origin == origin }.map(\.offset)
            #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 <= 3 * 20 + limit }, "\(origin): \(turns)")
        }
    }

    @Test("300 random lives of origins that move between addresses: nobody waits for ever")
    func moves() {
        for seed in UInt64(1)...300 {
            var random = SeededRandom(seed: seed)
            let period = Int64.random(in: 500...8000, using: &random)
            var trial = Self.trial(seed: seed, limit: Int.random(in: 1...2, using: &random)) {
                $0.crawlDelay = .milliseconds(Int64.random(in: 0...2, using: &random) * 400)
                $0.perOriginInFlight = Int.random(in: 1...3, using: &random)
            }
            trial.address = { origin, now in
                IPAddress(v4: UInt32(truncatingIfNeeded: (now.ms / period &+ origin) % 3))
            }
            trial.server = { id, now in
                SchedulerTrial.Reply(after: .milliseconds((now.ms &* 7 &+ (id & 255)) % 1500 + 1))
            }
            for origin in Int64(1)...8 { for n in 0..<6 { trial.enqueue(origin, n) } }
            trial.run(until: at(7200))
            #expect(trial.verdicts.count == 48, "seed \(seed)")
            #expect(trial.faults.isEmpty, "seed \(seed): \(trial.faults.prefix(3))")
        }
    }

    @Test("500 random lives: the limit holds, nothing is lost, nobody spins")
    func lives() {
        for seed in UInt64(1)...500 {
            var random = SeededRandom(seed: seed)
            let limit = Int.random(in: 1...5, using: &random)
            let origins = Int64.random(in: 1...12, using: &random)
            var trial = Self.trial(seed: seed, limit: limit) {
                $0.crawlDelay = .milliseconds(Int64.random(in: 0...3, using: &random) * 500)
                $0.perOriginInFlight = Int.random(in: 1...3, using: &random)
            }
            let slow = UInt64.random(in: 1...5, using: &random)
            trial.server = { id, now in
                SchedulerTrial.Reply(
                    after: .milliseconds(
                        Int64((UInt64(truncatingIfNeeded: id) &* 31 &+ UInt64(now.ms)) % (slow * 400)) + 1))
            }
            var wanted = 0
            for step in 0..<Int.random(in: 1...6, using: &random) {
                for origin in 1...origins where Bool.random(using: &random) {
                    for n in 0..<Int.random(in: 1...5, using: &random) {
                        trial.enqueue(origin, step * 10 + n)
                        wanted += 1
                    }
                }
                trial.run(until: trial.now + .milliseconds(Int64.random(in: 0...5000, using: &random)))
            }
            trial.run(until: trial.now + .seconds(3600))
            #expect(trial.verdicts.count == wanted, "seed \(seed)")
            #expect(trial.mostKnownAtAddress <= limit, "seed \(seed)")
            #expect(trial.faults.isEmpty, "seed \(seed): \(trial.faults.prefix(3))")
        }
    }
}
