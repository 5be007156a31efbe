import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlSimulation

/// The name servers of the simulated world.
struct NamePlanTests {
    static let address = IPAddress(v4: 0xC000_0201)
    static let good = NameAnswer.Finding.addresses([address], ttl: .seconds(300))

    static func failed(_ kind: NameFailure.Kind, answersOthers: Bool) -> NameAnswer.Finding {
        var failure = NameFailure(kind)
        failure.isConfirmed = true
        failure.answersOthers = answersOthers
        return .failed(failure)
    }

    /// A look-up that begins at 100 s, of a server that takes 50 ms.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        var troubles: [NameTrouble] = []
        var silences: [Range<Int64>] = []
        var answeredOthers = false
        var finding: NameAnswer.Finding
        var endsAt: Int64
        var isSlow = false
        var isOfSilence = false
    }

    static let always: Int64 = 1_000_000
    static let cases = [
        Case(name: "a good name", finding: good, endsAt: 100_050),
        Case(
            name: "no such name", troubles: [NameTrouble(from: 0, to: always, said: .noName(.seconds(60)))],
            finding: .noName(ttl: .seconds(60)), endsAt: 100_050),
        Case(
            name: "SERVFAIL, twice", troubles: [NameTrouble(from: 0, to: always, said: .serverFailure)],
            finding: failed(.serverFailure, answersOthers: true), endsAt: 105_100),
        Case(
            name: "SERVFAIL, and good the second time",
            troubles: [NameTrouble(from: 0, to: 103_000, said: .serverFailure)], finding: good, endsAt: 105_100),
        Case(
            name: "a silent server, while others answer",
            troubles: [NameTrouble(from: 0, to: always, said: .nothing)],
            finding: failed(.timedOut, answersOthers: true), endsAt: 119_000, isSlow: true),
        Case(
            name: "a silence of all", silences: [0..<always], finding: failed(.timedOut, answersOthers: false),
            endsAt: 126_000, isSlow: true, isOfSilence: true),
        Case(
            name: "a silence of all that has just begun", silences: [0..<always], answeredOthers: true,
            finding: failed(.timedOut, answersOthers: true), endsAt: 119_000, isSlow: true, isOfSilence: true),
        Case(
            name: "a silence that ends: the question that is sent again is answered", silences: [0..<102_500],
            finding: good, endsAt: 103_050, isSlow: true),
    ]

    @Test("a look-up takes as long as the daemon's own, and comes to the same", arguments: cases)
    func lookUp(_ row: Case) {
        let host = NamePlan.Host(addresses: [Self.address], ttl: .seconds(300), troubles: row.troubles)
        let plan = NamePlan(hosts: [host], silences: row.silences)
        let look = SimulatedLookUp(of: 0, in: plan, at: 100_000, latency: 50) { _ in row.answeredOthers }
        #expect(look.finding == row.finding)
        #expect(look.endsAt == row.endsAt)
        #expect(look.isSlow == row.isSlow)
        #expect(look.isOfSilence == row.isOfSilence)
    }

    @Test("a first address that is dead: on to the second, which is none of whom has but one")
    func dead() {
        let second = IPAddress(v4: 0xC000_0202)
        let host = NamePlan.Host(addresses: [Self.address, second], ttl: .zero, deadFirst: 10..<20)
        let plan = NamePlan(hosts: [host])
        func way(_ sendsTo: Destinations, _ at: Int64) -> String { "\(plan.way(of: 0, sendsTo, at: at))" }
        let both = Destinations(Self.address, second)
        #expect(way(both, 9) == "straight")
        #expect(way(both, 10).hasPrefix("onward"))
        #expect(way(Destinations(Self.address), 10) == "nowhere")
        #expect(way(Destinations(second, Self.address), 10) == "straight")
        #expect(way(both, 20) == "straight")
    }

    @Test("names change nothing else that a seed decides", arguments: [6, 9, 12] as [UInt64])
    func draws(seed: UInt64) {
        let (with, without) = (WorldPlan(seed: seed, hasNames: true), WorldPlan(seed: seed, hasNames: false))
        func text(_ plan: WorldPlan) -> [String] {
            plan.origins.map { origin in
                let troubles = origin.troubles.map { "\($0.from) \($0.to) \($0.fault)" }
                return "\(origin.behaviour) \(origin.pages) \(origin.recrawl) \(troubles)"
            } + plan.disturbances.map { "\($0.at) \($0.what)" }
        }
        #expect(text(with) == text(without))
        let incidents = (with.incidents.dropLast().map { $0.from }, without.incidents.map { $0.from })
        #expect(incidents.0 == incidents.1)
        #expect(with.incidents.last?.isOfNames == true)
        #expect(with.names?.hosts.count == with.origins.count)
        #expect(with.softBlocks == .off)
        #expect(without.names == nil)
        #expect(WorldPlan(seed: seed).names != nil)
        #expect([1, 2, 3, 4, 7].allSatisfy { WorldPlan(seed: $0).names == nil })
    }
}
