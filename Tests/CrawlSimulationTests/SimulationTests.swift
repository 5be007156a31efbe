import CrawlSimulation
import Testing

/// A few seeds of what `make simulate` runs by the hundred.
@Suite struct SimulationTests {
    @Test("every invariant holds at every step of a seed", arguments: 1...4)
    func seed(_ seed: UInt64) throws {
        let result = try SimulationRun(plan: WorldPlan(seed: seed, origins: 50, days: 3)).run()
        #expect(result.requests > 500)
        #expect(result.violation == nil, "\(result.violation?.report ?? "")")
    }
}
