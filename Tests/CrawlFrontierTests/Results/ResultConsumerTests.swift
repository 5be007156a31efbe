import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Named readers of the feed, whose places the store keeps.
struct ResultConsumerTests {
    @Test("one begins where the feed does, or where it is told to, and its place survives a restart")
    func place() throws {
        let feed = try ResultFixture()
        try feed.fill(10)
        let stats = try feed.stats
        #expect(try feed.store.addConsumer("a", after: nil, now: at(1)).behind == 10)
        #expect(try feed.store.addConsumer("b", after: stats.head - 3, now: at(2)).behind == 3)
        #expect(try feed.store.acknowledge(stats.begins + 4, by: "a").behind == 6)
        let again = try ResultFixture.open(feed.folder)
        let consumers = try #require(try again.resultStats()?.consumers)
        #expect(consumers.map(\.name) == ["a", "b"])
        #expect(consumers.map(\.cursor) == [stats.begins + 4, stats.head - 3])
        #expect(consumers.map(\.madeAt) == [at(1), at(2)])
        #expect(try again.results(after: consumers[0].cursor, limit: 100, within: .max).rows.count == 6)
    }

    @Test("made twice it stays where it is")
    func twice() throws {
        let feed = try ResultFixture()
        try feed.fill(5)
        let head = try feed.stats.head
        _ = try feed.store.addConsumer("a", after: head, now: at(1))
        #expect(try feed.store.addConsumer("a", after: nil, now: at(2)).cursor == head)
    }

    @Test("its place never goes back, and not beyond the last result")
    func acknowledge() throws {
        let feed = try ResultFixture()
        try feed.fill(5)
        let (begins, head) = (try feed.stats.begins, try feed.stats.head)
        _ = try feed.store.addConsumer("a", after: nil, now: at(1))
        #expect(try feed.store.acknowledge(begins + 3, by: "a").cursor == begins + 3)
        #expect(try feed.store.acknowledge(begins + 1, by: "a").cursor == begins + 3)
        for seq in [head + 1, 0, .max] {
            #expect(throws: ResultFault.unknownCursor(head: head)) { try feed.store.acknowledge(seq, by: "a") }
        }
        #expect(try feed.store.consumer("a").cursor == begins + 3)
        #expect(throws: ResultFault.unknownConsumer) { try feed.store.acknowledge(head, by: "nobody") }
    }

    @Test("one that fell behind keeps nothing: it is told, and goes on when it says so")
    func behind() throws {
        let feed = try ResultFixture { $0.maxRows = 5 }
        try feed.fill(5)
        _ = try feed.store.addConsumer("a", after: nil, now: at(1))
        try feed.fill(5)
        let (consumer, stats) = (try feed.store.consumer("a"), try feed.stats)
        #expect(consumer.behind == 10 && stats.rows == 5)
        #expect(throws: ResultFault.gone(begins: stats.begins)) { try feed.all(after: consumer.cursor) }
        #expect(try feed.store.acknowledge(stats.begins, by: "a").behind == 5)
    }

    @Test("there are 100 at most, and what goes makes room")
    func limit() throws {
        let feed = try ResultFixture()
        for n in 0..<100 { _ = try feed.store.addConsumer("c\(n)", after: nil, now: at(1)) }
        #expect(throws: ResultFault.tooManyConsumers(limit: 100)) {
            try feed.store.addConsumer("more", after: nil, now: at(1))
        }
        #expect(try feed.store.addConsumer("c5", after: nil, now: at(1)).name == "c5")
        #expect(try feed.store.removeConsumer("c5", now: at(2)))
        #expect(try !feed.store.removeConsumer("c5", now: at(2)))
        #expect(throws: ResultFault.unknownConsumer) { try feed.store.consumer("c5") }
        #expect(try feed.store.addConsumer("more", after: nil, now: at(1)).behind == 0)
    }
}
