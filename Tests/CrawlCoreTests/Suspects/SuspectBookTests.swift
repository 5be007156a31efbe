import CrawlTesting
import Testing

@testable import CrawlCore

/// Who is suspected of an end of the daemon, and who is found out.
struct SuspectBookTests {
    private static func url(_ n: Int) -> Int64 { URLKey.make(origin: 1, hash: UInt64(n)) }
    private static let robots = URLKey.robots(of: 1)

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// Seconds, and what was in flight.
        var ends: [(Double, [Int64])]
        var suspects: Set<Int64> = []
        /// Seconds, by ticket.
        var putBack: [Int64: Double] = [:]
        var testDescription: String { name }
    }

    @Test(
        "what ends show",
        arguments: [
            Case(name: "one end", ends: [(0, [url(1), url(2)])]),
            Case(
                name: "two ends: who was there both times", ends: [(0, [url(1), url(2)]), (30, [url(2), url(3)])],
                suspects: [url(2)]),
            Case(name: "ten minutes apart", ends: [(0, [url(1)]), (600, [url(1)])], suspects: [url(1)]),
            Case(name: "a moment more", ends: [(0, [url(1)]), (600.001, [url(1)])]),
            Case(
                name: "not in the one between", ends: [(0, [url(1)]), (60, [url(2)]), (120, [url(1)])],
                suspects: [url(1)]),
            Case(
                name: "too late, then soon after", ends: [(0, [url(1)]), (700, [url(1)]), (800, [url(1)])],
                suspects: [url(1)]),
            Case(
                name: "a third end alone", ends: [(0, [url(1), url(2)]), (9, [url(1), url(2)]), (20, [url(1)])],
                suspects: [url(1), url(2)], putBack: [url(1): 20 + 3600]),
            Case(
                name: "a third end in company finds nobody out",
                ends: [(0, [url(1), url(2)]), (9, [url(1), url(2)]), (20, [url(1), url(2)])],
                suspects: [url(1), url(2)]),
            Case(
                name: "alone, but only suspected now", ends: [(0, [url(1)]), (9, [url(1)])], suspects: [url(1)]),
            Case(
                name: "alone, and no suspect", ends: [(0, [url(1)]), (9, [url(1)]), (20, [url(2)])],
                suspects: [url(1)]),
            Case(
                name: "the third end may come much later",
                ends: [(0, [url(1)]), (9, [url(1)]), (86_400, [url(1)])], suspects: [url(1)],
                putBack: [url(1): 86_400 + 3600]),
            Case(
                name: "a robots.txt", ends: [(0, [robots, url(1)]), (9, [robots]), (20, [robots])],
                suspects: [robots], putBack: [robots: 20 + 3600]),
            Case(
                name: "doubled each time, up to a day",
                ends: [(0, [url(1)]), (9, [url(1)])] + (1...7).map { (Double($0) * 100_000, [url(1)]) },
                suspects: [url(1)], putBack: [url(1): 700_000 + 86_400]),
            Case(name: "the clock was set back between", ends: [(100, [url(1)]), (0, [url(1)])], suspects: [url(1)]),
        ])
    func ends(_ entry: Case) {
        var book = SuspectBook()
        for (seconds, tickets) in entry.ends { _ = book.note(FaultEnd(at: at(seconds), tickets: tickets)) }
        #expect(Set(book.rows.values.filter(\.isSuspect).map(\.ticket)) == entry.suspects)
        #expect(book.rows.compactMapValues(\.putBackUntil) == entry.putBack.mapValues { at($0) })
    }

    @Test("1 h, 2 h, 4 h, 8 h, 16 h, then a day each time")
    func doubling() {
        var book = SuspectBook()
        var time = 0.0
        var waits: [Double] = []
        for number in 0..<9 {
            let news = book.note(FaultEnd(at: at(time), tickets: [Self.url(1)]))
            #expect(news.suspects == (number == 1 ? [Self.url(1)] : []))
            #expect((news.putBack != nil) == (number > 1))
            if let until = news.putBack?.putBackUntil { waits.append(Double((until - at(time)).ms) / 3_600_000) }
            time += number < 1 ? 60 : 100_000
        }
        #expect(waits == [1, 2, 4, 8, 16, 24, 24])
    }

    @Test("an end that is read twice counts once")
    func twice() {
        var book = SuspectBook()
        let end = FaultEnd(at: at(5), tickets: [Self.url(1)])
        for _ in 0..<4 { _ = book.note(end) }
        #expect(book.rows.values.allSatisfy { !$0.isSuspect })
    }

    @Test("what no later end can use is forgotten after ten minutes, a suspect after a month")
    func forgotten() {
        var book = SuspectBook()
        _ = book.note(FaultEnd(at: at(0), tickets: [Self.url(1), Self.url(2)]))
        _ = book.note(FaultEnd(at: at(9), tickets: [Self.url(2)]))
        let within = book.forget(now: at(600))
        let after = book.forget(now: at(601))
        #expect(!within && after && Set(book.rows.keys) == [Self.url(2)])
        let early = book.forget(now: at(29 * 86_400))
        let late = book.forget(now: at(31 * 86_400))
        #expect(!early && late && book.rows.isEmpty)
    }

    @Test("what can be no ticket is none")
    func tickets() {
        let strange: [Int64] = [0, .min, .max, .max - 1, -1, 1, URLKey.robots(of: URLKey.maxOrigin + 1)]
        #expect(FaultEnd(at: at(0), tickets: strange).tickets.isEmpty)
        let real: [Int64] = [Self.url(0), Self.robots, URLKey.make(origin: URLKey.maxOrigin, hash: .max)]
        #expect(FaultEnd(at: at(0), tickets: real).tickets == Set(real))
    }

    @Test("edited rows lead to no hold beyond a day")
    func bounds() {
        var row = SuspectRow(ticket: Self.url(1), lastEndAt: .distantFuture)
        row.ends = .max
        row.level = .max
        row.putBackUntil = .distantFuture
        var book = SuspectBook([row])
        book.bound(now: at(0))
        #expect(book.rows[Self.url(1)]?.putBackUntil == at(86_400))
        let news = book.note(FaultEnd(at: at(1), tickets: [Self.url(1)]))
        #expect(news.putBack?.putBackUntil == at(86_401))
        row.lastEndAt = Instant(ms: .min)
        row.level = .min
        book = SuspectBook([row])
        book.bound(now: at(0))
        let isForgotten = book.forget(now: Instant(ms: .max))
        #expect(isForgotten)
    }
}
