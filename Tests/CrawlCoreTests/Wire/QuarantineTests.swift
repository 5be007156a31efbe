import CrawlTesting
import Testing

@testable import CrawlCore

/// Who is asked apart, and until when.
struct QuarantineTests {
    private func result(_ flags: FetchResult.Flags, _ n: Int = 0, of origin: Int64 = 1) -> FetchResult {
        var result = FetchResult(ticket: MemoryFrontier.id(origin, n), startedAt: at(0), completedAt: at(0))
        result.flags = flags
        return result
    }

    private func quarantine(
        _ flags: FetchResult.Flags, _ kind: OutcomeKind?, isOwn: Bool = true
    ) -> Quarantine {
        var quarantine = Quarantine()
        quarantine.note(result(flags), of: 1, isOwn: isOwn, kind: kind, now: at(0)) { _ in false }
        return quarantine
    }

    static let reasons: [(flags: FetchResult.Flags, reason: String?, isSlowed: Bool)] = [
        (.stalledInParser, "stalled-in-parser", true), (.overhead, "overhead", true), (.overdrew, "overdrew", false),
        ([.overhead, .overdrew], "overhead", true), (.reusedConnection, nil, false),
    ]

    @Test("what puts an origin there", arguments: reasons.indices)
    func reason(index: Int) {
        let (flags, reason, isSlowed) = Self.reasons[index]
        let quarantine = quarantine(flags, .failing)
        #expect(quarantine.stay(of: 1, at(1))?.reason.rawValue == reason)
        #expect(quarantine.isSlowed(1, at(1)) == isSlowed)
        #expect(quarantine.count(at(1)) == (reason == nil ? 0 : 1))
    }

    @Test(
        "without a streak for ten minutes, after the last such answer",
        arguments: [.good, .neutral, nil] as [OutcomeKind?])
    func tenMinutes(kind: OutcomeKind?) {
        var quarantine = quarantine(.overdrew, kind)
        #expect(quarantine.stay(of: 1, at(1))?.until == at(600))
        #expect(quarantine.stay(of: 1, at(599)) != nil && quarantine.stay(of: 1, at(600)) == nil)
        quarantine.note(result(.overdrew), of: 1, isOwn: true, kind: .good, now: at(300)) { _ in false }
        #expect(quarantine.stay(of: 1, at(1))?.until == at(900))
        #expect(quarantine.stay(of: 1, at(1))?.since == at(0))
    }

    @Test("with a streak until that ends: no other URL's answer does it", arguments: [OutcomeKind.good, .refused])
    func streak(ending: OutcomeKind) {
        var quarantine = quarantine(.overhead, .wavering)
        let start = quarantine.stay(of: 1, at(100_000))
        #expect(start != nil && start?.until == nil)
        func note(_ n: Int, _ kind: OutcomeKind, _ time: Double) {
            quarantine.note(result([], n), of: 1, isOwn: true, kind: kind, now: at(time)) { _ in false }
        }
        note(1, .good, 1000)
        note(0, .failing, 2000)
        note(0, .neutral, 3000)
        #expect(quarantine.stay(of: 1, at(100_000)) != nil)
        note(0, ending, 4000)
        #expect(quarantine.stay(of: 1, at(4000)) == nil)
    }

    @Test("the end of one URL's streak leaves another its ten minutes", arguments: [OutcomeKind.good, .refused])
    func otherURL(ending: OutcomeKind) {
        var quarantine = quarantine(.overhead, .failing)
        quarantine.note(result(.overdrew, 1), of: 1, isOwn: true, kind: .good, now: at(100)) { _ in false }
        #expect(quarantine.stay(of: 1, at(150)).map { $0.until } == .some(nil))
        quarantine.note(result([]), of: 1, isOwn: true, kind: ending, now: at(200)) { _ in false }
        #expect(quarantine.stay(of: 1, at(699))?.until == at(700))
        #expect(quarantine.stay(of: 1, at(700)) == nil)
    }

    @Test("an answer that is good and overdrew ends its URL's streak, too", arguments: [OutcomeKind.good, .refused])
    func goodButDear(ending: OutcomeKind) {
        var quarantine = quarantine(.overhead, .failing)
        for n in 1..<10 {
            let now = at(Double(n) * 300)
            quarantine.note(result(.overdrew), of: 1, isOwn: true, kind: ending, now: now) { _ in false }
            #expect(
                quarantine.stay(of: 1, now)
                    == Quarantine.Stay(reason: .overdrew, since: at(0), until: now + Quarantine.stay))
            #expect(!quarantine.isSlowed(1, now))
        }
        #expect(quarantine.stay(of: 1, at(3300)) == nil)
    }

    @Test("each reason ends by itself")
    func reasonsApart() {
        var quarantine = quarantine(.stalledInParser, .neutral)
        quarantine.note(result(.overhead, 1), of: 1, isOwn: true, kind: nil, now: at(200)) { _ in false }
        quarantine.note(result(.overdrew, 2), of: 1, isOwn: true, kind: .good, now: at(400)) { _ in false }
        func reason(_ seconds: Double) -> Quarantine.Reason? { quarantine.stay(of: 1, at(seconds))?.reason }
        #expect(
            [599, 600, 799, 800, 999, 1000].map(reason) == [
                .stalledInParser, .overhead, .overhead, .overdrew, .overdrew, nil,
            ])
        #expect(quarantine.isSlowed(1, at(799)) && !quarantine.isSlowed(1, at(800)))
    }

    @Test("a streak that nobody asks for any more ends in the end, but not while it is rechecked")
    func silentStreak() {
        var quarantine = quarantine(.overhead, .failing)
        let day = 86_400.0
        #expect(quarantine.stay(of: 1, at(59 * day)) != nil)
        quarantine.note(result([]), of: 1, isOwn: true, kind: .failing, now: at(59 * day)) { _ in false }
        #expect(quarantine.stay(of: 1, at(118 * day)) != nil)
        #expect(quarantine.stay(of: 1, at(119 * day)) == nil)
    }

    @Test("a request for somebody else begins no streak of this origin")
    func errand() {
        #expect(quarantine(.overhead, .failing, isOwn: false).stay(of: 1, at(1))?.until == at(600))
    }

    @Test("what an operator changed keeps nobody there for ever")
    func changedByHand() {
        var quarantine = quarantine(.overhead, .failing)
        quarantine.forgetStreaks(of: .origin(1), now: at(50))
        #expect(quarantine.stay(of: 1, at(51))?.until == at(650))
    }

    @Test("one URL changed by hand is one streak less, and no other's")
    func oneURLChangedByHand() {
        var quarantine = quarantine(.overhead, .failing)
        quarantine.forgetStreaks(of: .url(MemoryFrontier.id(1, 7)), now: at(50))
        #expect(quarantine.stay(of: 1, at(100_000))?.reason == .overhead)
        quarantine.forgetStreaks(of: .url(MemoryFrontier.id(1, 0)), now: at(100_000))
        #expect(quarantine.stay(of: 1, at(100_001))?.until == at(100_600))
    }

    @Test("it changes its worker when nothing of it is in flight, there and back, and says so once")
    func places() {
        var quarantine = quarantine(.overdrew, .good)
        func place(isIdle: Bool, _ seconds: Double) -> Quarantine.Place {
            quarantine.place(1, isIdle: isIdle, at(seconds))
        }
        let (there, back) = (
            Quarantine.Place(isApart: true, hasMoved: true), Quarantine.Place(isApart: false, hasMoved: true)
        )
        let apart = Quarantine.Place(isApart: true, hasMoved: false)
        #expect(quarantine.isMoving(1, at(1)))
        #expect(place(isIdle: false, 1) == .usual)
        #expect(place(isIdle: true, 2) == there)
        #expect(!quarantine.isMoving(1, at(3)))
        #expect(place(isIdle: true, 3) == apart)
        #expect(quarantine.isMoving(1, at(700)))
        #expect(place(isIdle: false, 700) == apart)
        #expect(place(isIdle: true, 700) == back)
        #expect(quarantine.isEmpty)
    }

    @Test("no more than so many are kept")
    func bounded() {
        var quarantine = Quarantine()
        for origin in Int64(1)...Int64(Quarantine.limit + 5) {
            quarantine.note(result(.overdrew, 0, of: origin), of: origin, isOwn: true, kind: .good, now: at(0)) { _ in
                false
            }
        }
        #expect(quarantine.count(at(1)) == Quarantine.limit)
        let late = Int64(1 << 30)
        quarantine.note(result(.overdrew, 0, of: late), of: late, isOwn: true, kind: .good, now: at(700)) { _ in false }
        #expect(quarantine.count(at(701)) == 1 && quarantine.stay(of: late, at(701)) != nil)
    }
}
