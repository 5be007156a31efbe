import CrawlCore
import Testing

/// What each answer makes of a recrawl, and what comes of it.
struct RecrawlTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: Double?
        var outcome = Outcome.success
        var isChanged: Bool?
        var after: Double?

        init(_ name: String, _ before: Double?, _ outcome: Outcome, changed: Bool? = nil, _ after: Double?) {
            testDescription = name
            self.before = before
            self.outcome = outcome
            isChanged = changed
            self.after = after
        }
    }

    /// From 100 s to 1,000 s, beginning at 500 s.
    static let bounds: RecrawlBounds = {
        var bounds = RecrawlBounds()
        bounds.shortest = .seconds(100)
        bounds.longest = .seconds(1000)
        bounds.start = .seconds(500)
        return bounds
    }()

    /// Seconds; nil = not set yet.
    static let table = [
        Case("changed", 500, .success, changed: true, 400),
        Case("unchanged", 500, .success, changed: false, 600),
        Case("not modified", 500, .notModified, 600),
        Case("not modified although the digests are not comparable", 500, .notModified, changed: true, 600),
        Case("the first success", 500, .success, nil),
        Case("changed, from the start", nil, .success, changed: true, 400),
        Case("unchanged, from the start", nil, .success, changed: false, 600),
        Case("the first success, from the start", nil, .success, nil),
        Case("changed, whole seconds", 501, .success, changed: true, 400),
        Case("unchanged, whole seconds", 501, .success, changed: false, 602),
        Case("changed, clamped", 110, .success, changed: true, 100),
        Case("unchanged, clamped", 900, .success, changed: false, 1000),
        Case("changed, at the shortest", 100, .success, changed: true, nil),
        Case("unchanged, at the longest", 1000, .success, changed: false, nil),
        Case("changed, from outside the bounds", 100_000, .success, changed: true, 800),
        Case("unchanged, from outside the bounds", 1, .success, changed: false, 120),
        Case("gone", 500, .gone, 1000),
        Case("gone, from the start", nil, .gone, 1000),
        Case("gone again", 1000, .gone, nil),
    ]

    @Test(arguments: table) func adapts(test: Case) {
        let before = Recrawl.adaptive(test.before.map { .seconds($0) })
        let after = before.after(test.outcome, isChanged: test.isChanged, Self.bounds)
        #expect(after == test.after.map { .adaptive(.seconds($0)) } ?? before)
    }

    @Test("an answer that says nothing about the page leaves the interval", arguments: Outcome.allCases)
    func stays(outcome: Outcome) {
        guard ![.success, .notModified, .gone].contains(outcome) else { return }
        for before in [Recrawl.adaptive(.seconds(7)), .adaptive(nil)] {
            for isChanged in [true, false, nil] {
                #expect(before.after(outcome, isChanged: isChanged, Self.bounds) == before)
            }
        }
    }

    @Test("fixed intervals and never do not adapt", arguments: Outcome.allCases)
    func fixed(outcome: Outcome) {
        for before in [Recrawl.every(.seconds(7)), .never] {
            for isChanged in [true, false, nil] {
                #expect(before.after(outcome, isChanged: isChanged, Self.bounds) == before)
            }
        }
    }

    @Test func intervals() {
        #expect(Recrawl.never.interval(Self.bounds) == nil)
        #expect(Recrawl.every(.seconds(7)).interval(Self.bounds) == .seconds(7))
        #expect(Recrawl.adaptive(nil).interval(Self.bounds) == .seconds(500))
        #expect(Recrawl.adaptive(.seconds(7)).interval(Self.bounds) == .seconds(100))
        #expect(Recrawl.adaptive(.milliseconds(Int64.max)).interval(Self.bounds) == .seconds(1000))
    }

    @Test("the smallest interval still grows, the largest still shrinks, and both come to rest at the bounds")
    func moves() {
        var bounds = RecrawlBounds()
        bounds.shortest = .seconds(1)
        for (outcome, isChanged, first, last) in [
            (Outcome.success, false, bounds.shortest, bounds.longest),
            (.success, true, bounds.longest, bounds.shortest),
            (.notModified, false, bounds.shortest, bounds.longest),
        ] {
            var recrawl = Recrawl.adaptive(first)
            for _ in 0..<200 where recrawl != .adaptive(last) {
                let next = recrawl.after(outcome, isChanged: isChanged, bounds)
                #expect(next != recrawl)
                recrawl = next
            }
            #expect(recrawl == .adaptive(last))
        }
    }
}
