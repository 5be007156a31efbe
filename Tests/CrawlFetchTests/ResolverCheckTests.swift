import CrawlCore
import CrawlTesting
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import CrawlFetch

/// Names that were not found, looked up a second time by what a test says of them.
@Suite(.timeLimit(.minutes(2)))
struct ResolverCheckTests {
    /// Look-ups that block until the test lets them go.
    private final class Resolver: Sendable {
        struct State {
            var asked: [String] = []
            var underWay = 0
            var most = 0
        }

        let state = Mutex(State())
        let gate = NSCondition()
        private let isOpen = Mutex<@Sendable (String, State) -> Bool>({ _, _ in true })
        let unanswered: Set<String>

        init(unanswered: Set<String> = []) { self.unanswered = unanswered }

        /// From now on a look-up ends once this holds.
        func open(when rule: @escaping @Sendable (_ name: String, State) -> Bool) {
            isOpen.withLock { $0 = rule }
            gate.withLock { gate.broadcast() }
        }

        @Sendable func lookUp(_ host: String) -> ResolverCheck.Finding {
            state.withLock { state in
                state.asked.append(host)
                state.underWay += 1
                state.most = max(state.most, state.underWay)
            }
            gate.withLock {
                gate.broadcast()
                while !isOpen.withLock({ $0 })(host, state.withLock { $0 }) { gate.wait() }
            }
            state.withLock { $0.underWay -= 1 }
            return unanswered.contains(host) ? .unanswered : .answered
        }

        func count(_ host: String) -> Int { state.withLock { $0.asked.count { $0 == host } } }
    }

    private let time = VirtualTime()

    private func ask(_ check: ResolverCheck, _ host: String) async -> Bool {
        await withCheckedContinuation { done in check.ask(host) { done.resume(returning: $0 == .unanswered) } }
    }

    @Test("as many names as there are lanes are looked up at a time, never more, and all are answered")
    func sideBySide() async {
        let resolver = Resolver()
        // None of the first ones ends before all lanes are taken: one at a time would wait for ever.
        resolver.open { $1.most == ResolverCheck.lanes }
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        let answers = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<(4 * ResolverCheck.lanes) { group.addTask { await ask(check, "n\(n).example") } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers == [Bool](repeating: false, count: 4 * ResolverCheck.lanes))
        #expect(resolver.state.withLock { $0.most } == ResolverCheck.lanes)
    }

    @Test("a name is looked up once for all who ask, and its answer counts for ten seconds")
    func onceAName() async {
        let resolver = Resolver()
        resolver.open { _, _ in false }
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        let answers = await withTaskGroup(of: Bool.self) { group in
            let asked = DispatchGroup()
            for _ in 0..<200 {
                asked.enter()
                group.addTask {
                    await withCheckedContinuation { done in
                        check.ask("dead.example") { done.resume(returning: $0 == .unanswered) }
                        asked.leave()
                    }
                }
            }
            asked.notify(queue: .global()) { resolver.open { _, _ in true } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers == [Bool](repeating: false, count: 200))
        #expect(resolver.count("dead.example") == 1)
        time.skip(ResolverCheck.memory - .milliseconds(1))
        _ = await ask(check, "dead.example")
        #expect(resolver.count("dead.example") == 1)
        time.skip(.milliseconds(1))
        _ = await ask(check, "dead.example")
        #expect(resolver.count("dead.example") == 2)
    }

    @Test("an answer that a clock set back brings into the future does not count")
    func setBack() async {
        let resolver = Resolver()
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        _ = await ask(check, "dead.example")
        time.jump(by: .seconds(-3600))
        _ = await ask(check, "dead.example")
        #expect(resolver.count("dead.example") == 2)
    }

    @Test("a resolver that does not answer is asked once in ten seconds, whatever the name")
    func down() async {
        let resolver = Resolver(unanswered: ["a.example"])
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        #expect(await ask(check, "a.example"))
        #expect(await ask(check, "b.example"))
        #expect(resolver.count("b.example") == 0)
        time.skip(ResolverCheck.memory)
        #expect(await !ask(check, "b.example"))
        #expect(resolver.count("b.example") == 1)
    }

    @Test("one name without an answer, while others have theirs, says nothing of the resolver")
    func oneDeadZone() async {
        let resolver = Resolver(unanswered: ["a.example"])
        resolver.open { name, _ in name != "a.example" }
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        async let dead = ask(check, "a.example")
        #expect(await eventually { resolver.count("a.example") == 1 })
        #expect(await !ask(check, "b.example"))
        resolver.open { _, _ in true }
        #expect(await dead, "the name itself got no answer")
        #expect(await !ask(check, "c.example"), "the resolver works")
        #expect(resolver.count("c.example") == 1)
    }

    @Test("what is remembered is bounded")
    func bounded() async {
        let resolver = Resolver()
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        for n in 0..<(ResolverCheck.maxRemembered + 100) { _ = await ask(check, "n\(n).example") }
        #expect(check.remembered == ResolverCheck.maxRemembered)
        time.skip(ResolverCheck.memory)
        _ = await ask(check, "last.example")
        #expect(check.remembered == 1)
    }

    @Test("a look-up that takes too long is looked into as a name that was not found, and nothing later is")
    func slowLookUp() {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        #expect(!FetchWorker.lacksName(result))
        result.curlCode = 6
        #expect(FetchWorker.lacksName(result))
        result.curlCode = 28
        #expect(FetchWorker.lacksName(result))
        for flag: FetchResult.Flags in [.viaProxy, .connected, .sentPacket, .addressRefused, .cancelled] {
            result.flags = flag
            #expect(!FetchWorker.lacksName(result))
        }
        result.flags = []
        result.times.dnsUs = 1
        #expect(!FetchWorker.lacksName(result))
    }

    @Test("what no name can be is not looked up")
    func tooLong() async {
        let resolver = Resolver()
        let check = ResolverCheck(clock: time, find: resolver.lookUp)
        #expect(await !ask(check, String(repeating: "a", count: 256)))
        #expect(resolver.state.withLock { $0.asked.isEmpty })
    }

    @Test("a look-up that had no descriptor says nothing of the name or of the resolver, and is not remembered")
    func lacking() async {
        let lookUps = Mutex(0)
        let check = ResolverCheck(clock: time) { _ in
            lookUps.withLock { count in
                count += 1
                return count == 1 ? .lacking(EMFILE) : .answered
            }
        }
        let first = await withCheckedContinuation { done in
            check.ask("a.example") { done.resume(returning: $0) }
        }
        #expect(first == .lacking(EMFILE))
        #expect(await !ask(check, "a.example"), "it is looked up again")
        #expect(lookUps.withLock { $0 } == 2)
    }
}
