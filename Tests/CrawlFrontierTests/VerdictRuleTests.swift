import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlCore

/// What a verdict does to rows that others share: first its own row, then what it shares as that is now.
struct VerdictRuleTests {
    let store: FrontierStore
    let folder: FrontierFolder
    static let origin = "https://a.example"
    private let incident = ULID.numbered(1)

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
        try store.enqueue((0..<6).map { Self.origin + "/\($0)" })
        // Some failing URL: only then is there anything that an answer could have been judged by.
        let url = try #require(try store.lease(Self.origin).urls.last)
        try store.complete([url.marked(.numbered(9), recheck: at(3600))], drained: [], now: at(1))
    }

    private var urls: [LeasedURL] { get throws { try store.lease(Self.origin).urls } }

    private func name(_ url: LeasedURL) throws -> String { try #require(try store.records([url.id]).first).url }

    private func remove(_ url: LeasedURL) throws {
        _ = try store.remove(.url(CrawlURL(name(url))), now: at(2))
    }

    private func complete(_ verdicts: [Verdict]) throws -> CompletionCommit {
        try store.complete(Completion(verdicts: verdicts), now: at(3))
    }

    /// Its answer trips the origin's breaker, judged by the breaker of that version.
    private func trips(_ url: LeasedURL, canary: LeasedURL, version: Int64 = 0) -> Verdict {
        var breaker = OriginBreaker()
        breaker.version = version
        breaker.trip(canary: canary.id, scout: nil)
        var verdict = url.pending(due: at(10))
        verdict.originChange = OriginChange(breaker)
        return verdict
    }

    private var open: [AlertFacts.Scope] {
        get throws {
            try store.incidents(openOnly: true, after: nil, limit: 10).map(\.facts.scope).filter { $0 != .url }
        }
    }

    @Test("the URL whose answer opens an incident was removed: none is opened, and who would join is judged again")
    func openedWithoutARow() throws {
        let urls = try urls
        let verdicts = urls.prefix(3).enumerated().map { Trouble.shares(incident, $1, opens: $0 == 0) }
        try remove(urls[0])
        let commit = try complete(verdicts)
        #expect(try open == [])
        #expect(commit.again.map(\.id) == [urls[1].id, urls[2].id])
        #expect(commit.again.allSatisfy { $0.origin.partials.isEmpty && $0.record == nil })
        for url in urls[1...2] {
            let row = try #require(try store.get(name(url)))
            #expect(row.state == .scheduled && row.attempts == 0, "nothing of it is written")
        }
        #expect(try store.sharedFaults() == [])
    }

    @Test("an incident was closed by revive --origin while answers were in flight: none of them joins it")
    func joinedWhenClosed() throws {
        let urls = try urls
        _ = try complete([Trouble.shares(incident, urls[0], opens: true)])
        #expect(try open == [.partial])
        _ = try store.revive(.origin(Self.origin), now: at(4))
        #expect(try open == [])
        let before = try store.dump()
        let commit = try complete([Trouble.shares(incident, urls[1], opens: false)])
        #expect(commit.again.map(\.id) == [urls[1].id])
        #expect(try store.dump() == before)
        #expect(try store.sharedFaults() == [])
    }

    @Test("an answer joins what an earlier one of the same commit opens, whatever the order of their rows")
    func joinedInOneCommit() throws {
        let urls = try urls
        let verdicts = urls.prefix(3).reversed().enumerated().map { Trouble.shares(incident, $1, opens: $0 == 0) }
        #expect(try complete(verdicts).again.isEmpty)
        #expect(try open == [.partial])
        #expect(try store.sharedFaults() == [])
        let facts = try #require(
            try store.incidents(openOnly: true, after: nil, limit: 10).first { $0.facts.scope == .partial }?.facts)
        #expect(facts.urlsAffected == 3)
    }

    @Test(
        "the last URL leaves an incident and another joins it in one commit: it stays open, whatever the order",
        arguments: [false, true], [false, true])
    func leftAndJoinedInOneCommit(leaverFirst: Bool, lowerRowLeaves: Bool) throws {
        let urls = try urls.sorted { $0.id < $1.id }
        var leaver = urls[lowerRowLeaves ? 0 : 1]
        let joiner = urls[lowerRowLeaves ? 1 : 0]
        _ = try complete([Trouble.shares(incident, leaver, opens: true)])
        (leaver.state, leaver.isHealthTraffic) = (.held, true)
        leaver.health = HealthBox(HealthRecord(streakSince: at(1)))
        let verdicts = [leaver.verdict(state: .scheduled, at: at(2)), Trouble.shares(incident, joiner, opens: false)]
        #expect(try complete(leaverFirst ? verdicts : verdicts.reversed()).again.isEmpty)
        #expect(try open == [.partial])
        #expect(try store.sharedFaults() == [])
        #expect(try store.get(name(joiner))?.state == .held)
        let facts = try #require(
            try store.incidents(openOnly: true, after: nil, limit: 10).first { $0.facts.scope == .partial }?.facts)
        #expect(facts.urlsAffected == 1)
        // It ends as every other one does.
        var last = joiner
        (last.state, last.isHealthTraffic) = (.held, true)
        last.health = HealthBox(HealthRecord(streakSince: at(1)))
        #expect(try complete([last.verdict(state: .scheduled, at: at(3))]).changesOutbox)
        #expect(try open == [])
        #expect(try store.sharedFaults() == [])
    }

    @Test("what opens an incident could not be stored: who would join it is judged again")
    func openerPutBack() throws {
        let urls = try urls
        #expect(try complete([Trouble.shares(incident, urls[1], opens: false)]).again.map(\.id) == [urls[1].id])
        #expect(try store.sharedFaults() == [])
    }

    @Test("an operator was at work in the origin since: what was judged of its breaker counts no more")
    func otherVersion() throws {
        let urls = try urls
        let trip = trips(urls[0], canary: urls[0])
        _ = try store.revive(.url(CrawlURL(name(urls[1]))), now: at(2))
        let again = try #require(try complete([trip]).again.first)
        #expect(again.origin.breaker.version == 1)
        #expect(try store.get(name(urls[0]))?.hold == nil)
        // By what is there now it counts.
        #expect(try complete([trips(urls[0], canary: urls[0], version: 1)]).again.isEmpty)
        #expect(try store.get(name(urls[0]))?.hold == .originSuspect)
        #expect(try store.sharedFaults() == [])
    }

    @Test("URLs that are fine are removed, step after step: answers that were judged before still count")
    func removalOfOthers() throws {
        let urls = try urls
        let trip = trips(urls[0], canary: urls[0])
        for url in urls.dropFirst() where try store.get(name(url))?.health == nil { try remove(url) }
        #expect(try complete([trip]).again.isEmpty)
        #expect(try store.get(name(urls[0]))?.hold == .originSuspect)
        #expect(try store.sharedFaults() == [])
    }

    @Test("a URL that is failing is removed: what was judged by its run counts no more")
    func removalOfAFailingOne() throws {
        let failing = try #require(try store.page(URLFilter(state: .brokenOrigin), after: -1, limit: 1).rows.first)
        let urls = try urls
        let trip = trips(urls[0], canary: urls[0])
        _ = try store.remove(.url(CrawlURL(failing.url)), now: at(2))
        #expect(try complete([trip]).again.map(\.id) == [urls[0].id])
        #expect(try store.sharedFaults() == [])
    }

    @Test("the canary that an answer names is gone: its origin is not held by it")
    func canaryGone() throws {
        let urls = try urls
        let trip = trips(urls[1], canary: urls[0])
        #expect(try complete([trip]).again.map(\.id) == [urls[1].id])
        #expect(try store.sharedFaults() == [])
    }

    @Test("the canary is removed while its heir is on its way: the answer of the heir, judged by its own run, is void")
    func heirOnItsWay() throws {
        let urls = try urls
        let (canary, heir, mark) = (urls[0], urls[1], ULID.numbered(30))
        _ = try complete([heir.pending(due: at(10))])
        var marked = canary.marked(mark, recheck: at(3600))
        marked.event = nil
        var breaker = try store.lease(Self.origin).originHealth?.breaker ?? OriginBreaker()
        breaker.trip(canary: canary.id, scout: heir.id)
        breaker.mark(mark)
        var change = OriginChange(breaker)
        change.event = .opened(mark, url: canary.id)
        marked.originChange = change
        #expect(try complete([marked]).again.isEmpty)
        #expect(try open == [.origin])
        var asked = heir
        (asked.isHealthTraffic, asked.health) = (true, HealthBox(.sample(.pending)))
        try remove(canary)
        #expect(try complete([asked.pending(due: at(20), at: at(3))]).again.isEmpty)
        #expect(try open == [.origin])
        #expect(try store.sharedFaults() == [])
        #expect(try store.get(name(heir))?.state == .brokenOrigin)
    }

    @Test("an origin that is broken is revived in steps: after each of them its rows fit together", arguments: 0..<6)
    func revivedInSteps(canary index: Int) throws {
        let urls = try urls.sorted { $0.id < $1.id }
        guard index < urls.count else { return }
        let mark = ULID.numbered(30)
        _ = try complete(urls.indices.filter { $0 != index }.map { urls[$0].pending(due: at(10)) })
        var marked = urls[index].marked(mark, recheck: at(3600))
        marked.event = nil
        var breaker = OriginBreaker()
        breaker.trip(canary: urls[index].id, scout: nil)
        breaker.mark(mark)
        var change = OriginChange(breaker)
        change.event = .opened(mark, url: urls[index].id)
        marked.originChange = change
        #expect(try complete([marked]).again.isEmpty)
        var (after, steps): (Int64?, Int) = (nil, 0)
        repeat {
            after = try store.revive(.origin(Self.origin), after: after, atMost: 1, now: at(4))?.next
            steps += 1
            #expect(try store.sharedFaults() == [], "after step \(steps)")
        } while after != nil
        #expect(steps > 4)
        #expect(try open == [])
        for url in urls { #expect(try store.get(name(url))?.state == .scheduled) }
    }

    @Test("the end of a guard that is not on closes nothing, and a beginning ends what is open")
    func guards() throws {
        func commit(_ period: GuardPeriod) throws {
            var completion = Completion()
            completion.guards.periods = [period]
            _ = try store.complete(completion, now: at(5))
        }
        let first = GuardPeriod(.offline, incident: .numbered(20), began: at(1), domains: 5, asked: 0, firstAt: at(1))
        var second = GuardPeriod(.offline, incident: .numbered(21), began: at(2), domains: 5, asked: 0, firstAt: at(2))
        try commit(first)
        try commit(second)
        #expect(try open == [.offline])
        var late = first
        late.ended = at(3)
        try commit(late)
        #expect(try open == [.offline])
        #expect(try store.sharedFaults() == [])
        second.ended = at(4)
        try commit(second)
        #expect(try open == [])
        #expect(try store.sharedFaults() == [])
    }
}
