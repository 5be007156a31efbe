import CrawlTesting
import Testing

@testable import CrawlCore

/// Requests that go on to another address of their name are counted there.
struct MovedRequestTests {
    static let one = IPAddress(v4: 0xC000_0201)
    static let two = IPAddress(v4: 0xC000_0202)

    /// A scheduler whose names have the addresses that `names` says, by origin.
    private struct Trial {
        var scheduler: Scheduler
        var frontier = MemoryFrontier()
        let names: [Int64: [IPAddress]]

        init(limit: Int, perOrigin: Int = 1, obeys: Bool = false, _ names: [Int64: [IPAddress]]) {
            self.names = names
            var rules = SchedulerRules()
            rules.crawlDelay = .zero
            rules.jitter = 0
            rules.robots.obeys = obeys
            rules.perAddressInFlight = limit
            rules.perOriginInFlight = perOrigin
            rules.names.isOwn = true
            scheduler = Scheduler(
                rules: rules, opening: FrontierOpening(), now: at(0), random: SeededRandom(seed: 1))
        }

        mutating func enqueue(_ origin: Int64, _ n: Int = 0) {
            frontier[MemoryFrontier.id(origin, n)] = MemoryFrontier.Row(due: at(0))
            scheduler.noteWork(origin: origin, dueAt: at(0), reorders: false, now: at(0))
        }

        /// What is started now.
        mutating func started() -> [FetchRequest] {
            var batch = FetchBatch()
            while true {
                while let need = scheduler.next(at(0), into: &batch) {
                    guard case .lease(let request) = need else { continue }
                    var requests = [request]
                    scheduler.exclude(from: &requests)
                    scheduler.leased(frontier.lease(requests[0]), for: request, now: at(0))
                }
                let questions = scheduler.takeQuestions()
                guard !questions.isEmpty else { return batch.requests }
                scheduler.named(questions.map(reply), now: at(0))
            }
        }

        private func reply(to question: NameQuestion) -> NameReply {
            let found = names.first { question.host == "o\($0.key).example" }?.value ?? []
            let answer = NameAnswer(.addresses(found, ttl: .seconds(300)), begunAt: at(0), endedAt: at(0))
            return NameReply(ticket: question.ticket, .done(answer))
        }

        static func news(_ ticket: Int64, failed: Int) -> FetchResult {
            var news = FetchResult(ticket: ticket, startedAt: at(0), completedAt: at(0))
            news.flags = .isOnlyMoved
            news.failedAddresses = UInt8(clamping: failed)
            return news
        }

        mutating func move(_ request: FetchRequest, failed: Int = 1) {
            scheduler.heard(Self.news(request.ticket, failed: failed), now: at(0))
        }

        /// Judged and stored; false = nothing was known of it.
        @discardableResult
        mutating func end(_ request: FetchRequest, failed: Int = 0) -> Bool {
            var result = FetchResult(ticket: request.ticket, startedAt: at(0), completedAt: at(0))
            result.failedAddresses = UInt8(clamping: failed)
            result.remoteAddress = request.sendsTo?[failed]
            result.flags = [.connected, .firstByte, .headersComplete]
            result.status = 200
            guard let verdict = scheduler.judge(result, Classification(.success), now: at(0)) else { return false }
            frontier.complete(verdict)
            scheduler.committed([verdict], now: at(0))
            return true
        }

        func count(_ address: IPAddress) -> Int { scheduler.addresses.count(at: AddressKey(address)) }
    }

    @Test("it frees its place at the first address at once, and takes one at the second")
    func moves() throws {
        var trial = Trial(limit: 1, [1: [Self.one, Self.two], 2: [Self.one], 3: [Self.two]])
        trial.enqueue(1)
        let first = try #require(trial.started().first)
        trial.enqueue(2)
        #expect(trial.started().isEmpty, "the first address is full")
        trial.move(first)
        let second = try #require(trial.started().first)
        #expect(second.origin == 2)
        trial.enqueue(3)
        #expect(trial.started().isEmpty, "the second is")
        trial.end(first, failed: 1)
        let third = try #require(trial.started().first)
        #expect(third.origin == 3)
        trial.end(second)
        trial.end(third)
        #expect([Self.one, Self.two].map(trial.count) == [0, 0])
    }

    @Test("where the second address is full it keeps its place at the first until it ends")
    func full() throws {
        var trial = Trial(limit: 1, [1: [Self.one, Self.two], 2: [Self.one], 3: [Self.two]])
        trial.enqueue(3)
        let third = try #require(trial.started().first)
        trial.enqueue(1)
        let first = try #require(trial.started().first)
        trial.move(first)
        #expect([Self.one, Self.two].map(trial.count) == [1, 2])
        trial.enqueue(2)
        #expect(trial.started().isEmpty, "else nothing would bound what goes on to the second")
        trial.end(third)
        #expect(trial.started().isEmpty)
        trial.end(first, failed: 1)
        let second = try #require(trial.started().first)
        #expect(second.origin == 2)
        trial.end(second)
        #expect([Self.one, Self.two].map(trial.count) == [0, 0])
    }

    @Test("the name's next request does not try what has just failed")
    func next() throws {
        var trial = Trial(limit: 4, perOrigin: 2, [1: [Self.one, Self.two]])
        for n in 0..<3 { trial.enqueue(1, n) }
        let first = trial.started()
        #expect(first.map { $0.sendsTo?.first } == [Self.one, Self.one])
        trial.move(try #require(first.first))
        trial.end(try #require(first.last))
        let second = trial.started()
        #expect(second.map { $0.sendsTo?.first } == [Self.two])
    }

    @Test("of a robots.txt too")
    func robots() throws {
        var trial = Trial(limit: 1, obeys: true, [1: [Self.one, Self.two]])
        trial.enqueue(1)
        let request = try #require(trial.started().first)
        #expect(URLKey.isRobots(request.ticket))
        trial.move(request)
        #expect([Self.one, Self.two].map(trial.count) == [0, 1])
        var result = FetchResult(ticket: request.ticket, startedAt: at(0), completedAt: at(0))
        result.status = 404
        _ = trial.scheduler.robotsAnswered(result, Classification(.success), now: at(0))
        trial.move(request, failed: 2)
        #expect([Self.one, Self.two].map(trial.count) == [0, 0])
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        /// What is told, as so many failed addresses each.
        var before: [Int] = []
        var after: [Int] = []
        var isAbandoned = false
    }

    @Test(
        "news that come late, twice, of no such address or never leave no count behind, and free no place twice",
        arguments: [
            Odd(name: "never"), Odd(name: "late", after: [1]), Odd(name: "twice", before: [1, 1], after: [1]),
            Odd(name: "of no such address", before: [0, 2, 255]), Odd(name: "back", before: [1, 0, 1]),
            Odd(name: "before a stop", before: [1], after: [1], isAbandoned: true),
        ])
    func odd(_ odd: Odd) throws {
        var trial = Trial(limit: 2, [1: [Self.one, Self.two], 2: [Self.two]])
        trial.enqueue(2)
        trial.enqueue(1)
        let requests = trial.started()
        let (other, request) = (
            try #require(requests.first { $0.origin == 2 }), try #require(requests.first { $0.origin == 1 })
        )
        trial.scheduler.heard(Trial.news(12_345, failed: 1), now: at(0))
        for failed in odd.before { trial.move(request, failed: failed) }
        #expect(trial.count(Self.one) + trial.count(Self.two) == 2)
        if odd.isAbandoned {
            trial.scheduler.abandon(request.ticket)
        } else {
            let isKnown = trial.end(request, failed: 1)
            #expect(isKnown)
        }
        for failed in odd.after { trial.move(request, failed: failed) }
        let isKnown = trial.end(request)
        #expect(!isKnown, "it has ended")
        #expect([Self.one, Self.two].map(trial.count) == [0, 1])
        trial.end(other)
        #expect([Self.one, Self.two].map(trial.count) == [0, 0])
    }
}
