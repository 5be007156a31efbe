import CrawlTesting
import Testing

@testable import CrawlCore

@Suite struct DomainBookTests {
    static func answer(_ kind: DomainAnswer.Kind, _ domain: UInt64, _ second: Double) -> DomainAnswer {
        DomainAnswer(
            domain: domain, kind: kind, edge: .cloudflare, origin: 1, url: 7, failingSince: nil, at: at(second))
    }

    @Test("a 412 to a conditional request is an answer, and no page")
    func preconditionFailed() {
        var result = FetchResult(ticket: 1, startedAt: at(0), completedAt: at(0))
        result.status = 412
        result.flags = [.connected, .firstByte, .headersComplete, .conditional]
        let failed = OutcomeClassifier().classify(result)
        #expect(failed.isPreconditionFailed)
        #expect(DomainAnswer.kind(result, failed, isRobots: false) == .other)
        result.flags.remove(.conditional)
        #expect(DomainAnswer.kind(result, OutcomeClassifier().classify(result), isRobots: false) == .good)
    }

    @Test("a row is written at once when a domain turns bad, else once an hour")
    func changes() {
        var book = DomainBook()
        var written = 0
        for minute in 0..<180 {
            book.noteGood(Self.answer(.good, 1, Double(minute) * 60))
            written += book.takeChanges().rows.count
        }
        #expect(written == 3)
        _ = book.noteFailure(Self.answer(.edgeFailure, 1, 10_800))
        #expect(book.takeChanges().rows.map(\.badSince) == [at(10_800)])
        _ = book.noteFailure(Self.answer(.edgeFailure, 1, 10_801))
        #expect(book.takeChanges().isEmpty)
        book.noteGood(Self.answer(.good, 1, 10_802))
        #expect(book.takeChanges().rows.map(\.badSince) == [nil])
    }

    @Test("what had no news for a day is forgotten, here and in the store")
    func day() {
        var book = DomainBook()
        book.noteGood(Self.answer(.good, 1, 0))
        book.noteGood(Self.answer(.good, 2, 0))
        book.noteGood(Self.answer(.good, 1, 3600))
        _ = book.takeChanges()
        book.forget(now: at(86_401))
        #expect(book.count == 1)
        #expect(book.takeChanges().forgotten == [2])
        book.forget(now: at(90_001))
        #expect(book.count == 0)
    }

    @Test("of more than the limit those that were good longest ago go")
    func limit() {
        var book = DomainBook()
        for domain in 0..<UInt64(DomainBook.limit + 100) {
            book.noteGood(Self.answer(.good, domain, Double(domain) / 10))
        }
        book.forget(now: at(10_000))
        #expect(book.count == DomainBook.limit)
        #expect(book[99] == nil)
        #expect(book[100] != nil)
    }

    @Test("random lives: the window holds what a list of everything holds", arguments: 1...20)
    func window(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var recent = RecentDomains()
        var naive: [UInt64: Instant] = [:]
        for second in 0..<3000 {
            let domain = UInt64(random.int(0...40))
            switch random.int(0...9) {
            case 0:
                recent.remove(domain)
                naive[domain] = nil
            case 1...4:
                recent.note(domain, at: at(Double(second)))
                naive[domain] = at(Double(second))
            default: break
            }
            let cutoff = at(Double(second) - 50)
            recent.expire(before: cutoff)
            naive = naive.filter { $0.value >= cutoff }
            #expect(recent.count == naive.count)
        }
    }
}
