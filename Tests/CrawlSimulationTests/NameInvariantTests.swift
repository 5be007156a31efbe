import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlSimulation

/// The invariants of names see what they are for.
struct NameInvariantTests {
    private let start = Instant(ms: 0)
    private var history: History
    /// An origin without an edge, with one address.
    private let origin: Int
    private let address: IPAddress

    init() throws {
        let plan = WorldPlan(seed: 9, hasNames: true)
        let names = try #require(plan.names)
        origin = try #require(
            plan.origins.indices.first { !plan.origins[$0].isBehindEdge && names.hosts[$0].addresses.count == 1 })
        address = try #require(names.hosts[origin].addresses.first)
        history = History(plan: plan)
    }

    private func asked(_ origin: Int, at: Int64, to sendsTo: Destinations?, page: Int? = 0) -> Asked {
        var asked = Asked(
            target: Target(origin: origin, page: page), startedAt: Instant(ms: at), steady: at, life: history.life)
        asked.sendsTo = sendsTo
        return asked
    }

    private func named(at: Int64) -> String? {
        Named().asked(asked(origin, at: at, to: Destinations(address)), history)?.text
    }

    @Test("a request without an address, at another's, before a look-up, or where there is none")
    mutating func names() {
        #expect(Named().asked(asked(origin, at: 1, to: nil), history) != nil)
        #expect(Named().asked(asked(origin, at: 1, to: Destinations(IPAddress(v4: 1))), history) != nil)
        #expect(named(at: 1) != nil)
        history.named(origin, .addresses([address], ttl: .zero), at: 1000, isOfSilence: false)
        #expect(named(at: 2000) == nil)
        var failure = NameFailure(.timedOut)
        failure.isConfirmed = true
        history.named(origin, .failed(failure), at: 100_000, isOfSilence: true)
        #expect(named(at: 200_000) == nil, "the servers fail, and it was good an hour ago")
        #expect(named(at: 4_000_000) != nil, "its hour is over")
        history.named(origin, .noName(ttl: nil), at: 300_000, isOfSilence: false)
        #expect(named(at: 300_000) == nil, "that may not have been heard")
        #expect(named(at: 300_001) != nil)
        history.named(origin, .failed(failure), at: 400_000, isOfSilence: false)
        #expect(named(at: 400_001) != nil, "what was gone does not come back")
        history.started()
        history.named(origin, .failed(failure), at: 500_000, isOfSilence: false)
        #expect(named(at: 500_001) != nil)
    }

    private func answer(_ origin: Int, at: Int64, _ fault: Fault, isUnsent: Bool, _ culprit: Culprit) -> Answer {
        var asked = asked(origin, at: at, to: nil)
        asked.isUnsent = isUnsent
        return Answer(
            asked: asked, completedAt: Instant(ms: at), steady: at, timeline: 0, fault: fault, culprit: culprit)
    }

    private mutating func note(_ answer: Answer) {
        history.now = max(history.now, answer.steady)
        history.note(answer.asked)
        history.note(answer)
    }

    @Test("a site that is blamed for its name only while others answer, and always if there is no such name")
    mutating func blame() {
        var failure = NameFailure(.timedOut)
        failure.isConfirmed = true
        failure.answersOthers = true
        let blamed = answer(origin, at: 100_000, .noName, isUnsent: true, .origin)
        let excused = answer(origin, at: 100_000, .noResolver, isUnsent: true, .origin)
        history.named(origin, .failed(failure), at: 100_000, isOfSilence: false)
        #expect(NameFault().answered(blamed, history) != nil, "nobody else answers")
        #expect(NameFault().answered(excused, history) == nil)
        note(answer((origin + 1) % 50, at: 50_000, .none, isUnsent: false, .origin))
        #expect(NameFault().answered(blamed, history) == nil)
        failure.answersOthers = false
        history.named(origin, .failed(failure), at: 100_000, isOfSilence: false)
        #expect(NameFault().answered(blamed, history) != nil, "the servers answer nobody")
        history.named(origin, .noName(ttl: nil), at: 100_000, isOfSilence: false)
        #expect(NameFault().answered(blamed, history) == nil)
        #expect(NameFault().answered(excused, history) != nil)
    }

    @Test("a mark for what was looked up while no server answered, and one that something else belongs to")
    mutating func marks() {
        let target = Target(origin: origin, page: 0)
        let episode = Episode(
            id: "1", scope: .url, cause: "523", target: target, openedAt: 3_600_000, firstAtMs: 0, markedAt: start)
        for minute in Int64(0)...3 {
            note(answer(origin, at: minute * 20 * 60_000, .noName, isUnsent: true, .network))
        }
        #expect(NameFault().opened(episode, isNew: true, history) != nil)
        note(answer(origin, at: 61 * 60_000, .noName, isUnsent: true, .origin))
        #expect(NameFault().opened(episode, isNew: true, history) == nil)
    }

    @Test("a fifth request at an address, whichever of its addresses those four were sent to first")
    mutating func room() {
        let other = IPAddress(v4: 1)
        let origins = history.plan.origins.indices.filter { $0 != origin }.prefix(4)
        for (index, number) in origins.enumerated() {
            var request = asked(number, at: 1000, to: Destinations(address, other))
            if index == 0 {
                request.sendsTo = Destinations(other, address)
                request.movesAt = 2000
            }
            history.note(request)
        }
        let fifth = { [address, origin] (at: Int64) in
            var fifth = Asked(
                target: Target(origin: origin, page: 0), startedAt: Instant(ms: at), steady: at, life: 0)
            fifth.sendsTo = Destinations(address)
            return fifth
        }
        #expect(AddressRoom().asked(fifth(1500), history) == nil)
        #expect(AddressRoom().asked(fifth(2000), history) == nil, "the move may not have been heard")
        #expect(AddressRoom().asked(fifth(2001), history) != nil)
        note(answer(origins[origins.startIndex], at: 3000, .none, isUnsent: false, .origin))
        #expect(AddressRoom().asked(fifth(3001), history) == nil)
    }
}
