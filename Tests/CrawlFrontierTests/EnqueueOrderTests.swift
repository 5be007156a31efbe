import CrawlCore
import CrawlTesting
import GRDB
import Testing

@testable import CrawlFrontier

/// A large batch is stored in parts: they are cut so that each changes pages of its own.
struct EnqueueOrderTests {
    private static func batch(_ urls: [String]) -> EnqueueBatch {
        var batch = EnqueueBatch()
        for url in urls { batch.append(CrawlURL(url)) }
        return batch
    }

    /// In no order, of origins that are known in part.
    private static func urls(_ origins: Range<Int>, each: Int, seed: UInt64) -> [String] {
        var random = SeededRandom(seed: seed)
        return origins.flatMap { origin in (0..<each).map { "https://\(origin).example/\($0)" } }
            .shuffled(using: &random)
    }

    private func ids(_ store: FrontierStore) throws -> Set<Int64> {
        try store.writer.read { Set(try Int64.fetchAll($0, sql: "SELECT id FROM url")) }
    }

    @Test("parts cut off in that order lie one behind the other", arguments: [1, 7, 100], 1...3 as ClosedRange<UInt64>)
    func parts(rows: Int, seed: UInt64) throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        _ = try store.enqueue(Self.batch(Self.urls(3..<9, each: 3, seed: seed)), now: at(0))
        var known = try ids(store)
        let before = known

        let batch = Self.batch(Self.urls(0..<12, each: 20, seed: seed + 10))
        let order = try store.order(of: batch)
        #expect(order.sorted() == (0..<Int32(batch.count)).map { $0 })
        let arranged = batch.arranged(order)
        var last = Int64.min
        for start in stride(from: 0, to: arranged.count, by: rows) {
            let part = arranged.slice(start..<min(start + rows, arranged.count))
            _ = try store.enqueue(part, now: at(1))
            let now = try ids(store)
            let new = now.subtracting(known)
            if let first = new.min() { #expect(first > last) }
            last = max(last, new.max() ?? last)
            known = now
        }
        #expect(known.count == 12 * 20 && before.isSubset(of: known))
    }

    @Test("of the same URL given twice the later word counts, as in one transaction")
    func twice() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        var batch = Self.batch(Self.urls(0..<3, each: 5, seed: 1))
        for priority in [9, -4, 7] {
            batch.append(CrawlURL("https://1.example/3"), options: EnqueueOptions { $0.priority = priority })
        }
        let arranged = batch.arranged(try store.order(of: batch))
        for entry in 0..<arranged.count { _ = try store.enqueue(arranged.slice(entry..<(entry + 1)), now: at(1)) }
        #expect(try store.record(CrawlURL("https://1.example/3"))?.priority == 7)
    }
}
