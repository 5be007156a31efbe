import CrawlSimulation
import Testing

/// A few seeds of what `make simulate` runs by the hundred.
@Suite struct SimulationTests {
    @Test("every invariant holds at every step", arguments: 1...4 as ClosedRange<UInt64>)
    func seed(_ seed: UInt64) throws {
        let result = try SimulationRun(plan: WorldPlan(seed: seed)).run()
        #expect(result.requests > 500)
        #expect(result.violation == nil, "\(result.violation?.report ?? "")")
    }

    @Test("every invariant holds where names are looked up", arguments: [6, 9] as [UInt64])
    func names(_ seed: UInt64) throws {
        let result = try SimulationRun(plan: WorldPlan(seed: seed)).run()
        #expect(result.requests > 500)
        #expect(result.lookUps > 100)
        #expect(result.unsent > 0)
        #expect(result.violation == nil, "\(result.violation?.report ?? "")")
    }

    @Test("a seed does the same every time")
    func repeats() throws {
        let plan = WorldPlan(seed: 7, origins: 10, days: 2)
        let first = try SimulationRun(plan: plan, only: ["rate"]).run()
        let second = try SimulationRun(plan: plan, only: ["rate"]).run()
        #expect(first.requests == second.requests)
        #expect(first.alerts == second.alerts)
        #expect(first.marks == second.marks)
    }
}
