import CrawlTesting
import Testing

@testable import CrawlCore

/// URLs that robots.txt refuses cost no request, and few steps.
struct SchedulerRefusalTests {
    /// Origin 1 refuses all paths that begin with one of `digits`; others nothing.
    private static func trial(refusing digits: [Int]) -> SchedulerTrial {
        var trial = SchedulerTrial { $0.robots.obeys = true }
        for origin in Int64(1)...2 {
            var known = OriginRobots()
            let lines = digits.map { "Disallow: /\($0)\n" }.joined()
            known.rules = RobotsRules(
                parsing: Array((origin == 1 ? "User-agent: *\n" + lines : "").utf8), productToken: "crawld")
            known.copyAt = at(0)
            known.expiresAt = at(86_400)
            trial.scheduler.robots.set(known, for: origin)
        }
        return trial
    }

    @Test("an origin that refuses all is leased in growing steps, while another is asked every second")
    func allRefused() {
        var trial = Self.trial(refusing: Array(0...9))
        for n in 0..<10_000 { trial.enqueue(1, n) }
        for n in 0..<20 { trial.enqueue(2, n) }
        trial.run(until: at(30))
        #expect(trial.refusals.count == 10_000)
        #expect(trial.starts(of: 1).isEmpty)
        #expect(trial.starts(of: 2) == (0..<20).map(Double.init))
        #expect(trial.frontier.timesLeased < 60, "\(trial.frontier.timesLeased)")
        #expect(trial.scheduler.leasedRows == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a URL that is asked brings the steps back to what an origin may keep in memory")
    func someRefused() {
        var trial = Self.trial(refusing: [1, 2])
        for n in 0..<3_000 { trial.enqueue(1, n) }
        trial.enqueue(2, 0)
        var most = 0
        for second in 0..<60 {
            trial.run(until: at(Double(second)))
            most = max(most, trial.scheduler.leasedRows)
        }
        #expect(trial.starts(of: 1).count == 60)
        #expect(most <= trial.rules.leaseLimit + trial.rules.leasePerOrigin)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }
}
