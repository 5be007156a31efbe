import CrawlTesting
import Testing

@testable import CrawlCore

/// The cache of names and the look-ups that are wanted.
struct NameBookTests {
    static let now = Instant(ms: 1_800_000_000_000)

    static func done(_ question: NameQuestion, _ finding: NameAnswer.Finding) -> NameReply {
        NameReply(ticket: question.ticket, .done(NameAnswer(finding, begunAt: now, endedAt: now)))
    }

    static let address = NameAnswer.Finding.addresses([IPAddress(v4: 0xC000_0201)], ttl: nil)

    @Test("one look-up for all who wait")
    func shared() throws {
        var book = NameBook(rules: NameRules())
        let record = book.record(of: Array("a.example".utf8))
        for origin in Int64(1)...3 { book.ask(record, for: origin, now: Self.now) }
        let questions = book.takeQuestions()
        #expect(questions.map(\.host) == ["a.example"])
        #expect(book.takeQuestions().isEmpty)
        #expect(book.waiting == 1)
        let noted = book.note(Self.done(questions[0], Self.address), now: Self.now)
        #expect(noted?.waiting == [1, 2, 3])
        #expect(book.waiting == 0)
        #expect(book.note(Self.done(questions[0], Self.address), now: Self.now) == nil, "a reply counts once")
    }

    @Test("slow look-ups leave room for others")
    func slow() throws {
        var book = NameBook(rules: NameRules())
        for index in 0..<NameRules.mostWaiting {
            #expect(!book.isBusy)
            book.ask(book.record(of: Array("\(index).example".utf8)), for: Int64(index), now: Self.now)
        }
        #expect(book.isBusy)
        for origin in Int64(9001)...9003 { book.line(up: origin) }
        #expect(book.takeTurns().isEmpty)
        let questions = book.takeQuestions()
        #expect(book.note(NameReply(ticket: questions[7].ticket, .slow), now: Self.now)?.waiting == [7])
        #expect(!book.isBusy)
        #expect(book.takeTurns() == [9001], "one place, one turn")
        #expect(book.slow == 1)
        #expect(book.note(NameReply(ticket: questions[7].ticket, .slow), now: Self.now) == nil)
        _ = book.note(Self.done(questions[7], Self.address), now: Self.now)
        #expect(book.slow == 0)
        #expect(book.takeTurns() == [9002])
        #expect(book.waiting == NameRules.mostWaiting - 1)
    }

    @Test("memory stays bounded, and what is used or waited for stays")
    func bounded() {
        var rules = NameRules()
        rules.cacheBytes = 100_000
        var book = NameBook(rules: rules)
        let asked = book.record(of: Array("asked.example".utf8))
        book.ask(asked, for: 1, now: Self.now)
        let used = book.record(of: Array("used.example".utf8))
        for index in 0..<20_000 {
            let record = book.record(of: Array("\(index).example".utf8))
            record.isUsed = false
            used.isUsed = true
            #expect(book.bytes <= rules.cacheBytes * 9 / 8 + 1000)
        }
        #expect(!asked.isForgotten)
        #expect(!used.isForgotten)
        #expect(book.known(Array("1.example".utf8)) == nil)
        #expect(book.count < 400)
    }
}

struct HostOfKeyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String { key }
        var key: String
        /// nil = a name.
        var literal: String?
        var name: String?
    }

    static let rows = [
        Row(key: "https://www.example.com", name: "www.example.com"),
        Row(key: "http://www.example.com:8080", name: "www.example.com"),
        Row(key: "https://example.com.", name: "example.com"),
        Row(key: "https://192.0.2.7:8443", literal: "192.0.2.7"),
        Row(key: "https://[2001:db8::1]:8443", literal: "2001:db8::1"),
        Row(key: "https://[nonsense]", name: "[nonsense]"),
        Row(key: "https://1.2.3.4.example", name: "1.2.3.4.example"),
        Row(key: "https://x1", name: "x1"),
        Row(key: "", name: ""),
        Row(key: "nonsense", name: "nonsense"),
        Row(key: "://", name: ""),
    ]

    @Test("whom an origin's key names", arguments: rows)
    func host(_ row: Row) {
        switch HostOfKey(Array(row.key.utf8)) {
        case .literal(let address): #expect(address.description == row.literal)
        case .name(let name): #expect(String(decoding: name, as: UTF8.self) == row.name)
        }
    }
}

struct FamilyWatchTests {
    static let start = Instant(ms: 1_800_000_000_000)

    @Test("five domains in a minute that connect by IPv4 only: IPv6 is left alone for ten minutes")
    func rests() {
        var watch = FamilyWatch()
        for domain in UInt64(1)...4 {
            watch.connected(domain, v4: true, afterOther: true, now: Self.start)
            watch.connected(domain, v4: true, afterOther: true, now: Self.start)
        }
        #expect(watch.isIdle(Self.start), "four domains, however often")
        watch.connected(5, v4: true, afterOther: true, now: Self.start + .seconds(59))
        #expect(watch.rests(v4: false, Self.start + .seconds(60)))
        #expect(!watch.rests(v4: true, Self.start + .seconds(60)))
        #expect(!watch.rests(v4: false, Self.start + .seconds(659)))
    }

    @Test("one that connects by it, or a minute without, begins anew")
    func anew() {
        var watch = FamilyWatch()
        for domain in UInt64(1)...4 { watch.connected(domain, v4: true, afterOther: true, now: Self.start) }
        watch.connected(9, v4: false, afterOther: false, now: Self.start)
        watch.connected(5, v4: true, afterOther: true, now: Self.start)
        #expect(watch.isIdle(Self.start))
        for domain in UInt64(6)...8 { watch.connected(domain, v4: true, afterOther: true, now: Self.start) }
        watch.connected(10, v4: true, afterOther: true, now: Self.start + .seconds(61))
        #expect(watch.isIdle(Self.start + .seconds(61)))
    }
}

struct LastAnswersTests {
    @Test("an answer of another domain, lately")
    func other() {
        let now = Instant(ms: 1_800_000_000_000)
        var answers = LastAnswers()
        #expect(!answers.hasAny(otherThan: 1, since: now))
        answers.note(1, at: now)
        #expect(!answers.hasAny(otherThan: 1, since: now))
        #expect(answers.hasAny(otherThan: 2, since: now))
        answers.note(2, at: now + .seconds(1))
        answers.note(2, at: now + .seconds(2))
        #expect(answers.hasAny(otherThan: 2, since: now))
        #expect(!answers.hasAny(otherThan: 2, since: now + .seconds(1)))
        #expect(answers.hasAny(otherThan: 1, since: now + .seconds(2)))
    }
}
