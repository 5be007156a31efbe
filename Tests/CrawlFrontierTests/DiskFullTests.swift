import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Writes that fail for want of space, one page later each time, until they pass: a failure changes nothing.
struct DiskFullTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.chunk = 100_000 }
        try store.enqueue((0..<200).map { origin + "/known\($0)" })
    }

    private func limit(pages: Int) throws {
        try store.writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }

    /// Gives the store one page more after each failure; returns how often the work failed.
    private func untilItPasses(_ work: () throws -> Void) throws -> Int {
        let pages = try store.writer.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        let before = try store.dump()
        for more in 0..<2000 {
            try limit(pages: pages + more)
            do {
                try work()
                try limit(pages: 1_000_000)
                return more
            } catch FrontierError.full(let path) {
                #expect(path == folder.path)
            }
            try #require(try store.dump() == before, "after \(more) pages")
        }
        Issue.record("it never passes")
        return 0
    }

    private func expectSound() throws {
        let tally = try store.tallies()
        #expect(tally.kept == tally.counted)
        #expect(try store.reader.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    }

    @Test("enqueue: all of the batch or nothing")
    func enqueue() throws {
        let lines = (0..<400).map { "https://o\($0 % 9).example/new\($0)" } + (0..<50).map { origin + "/known\($0)" }
        let options = EnqueueOptions {
            $0.meta = "{\"note\":\"0123456789\"}"
            $0.force = true
        }
        var receipt = EnqueueReceipt()
        let failures = try untilItPasses { receipt = try store.enqueue(lines, options, now: at(9)) }
        #expect(receipt == EnqueueReceipt(new: 400, known: 50))
        #expect(failures > 10, "\(failures)")
        #expect(try store.tallies().kept == [.scheduled: 600])
        #expect(try store.get("https://o3.example/new3")?.meta == options.meta)
        try expectSound()
    }

    @Test("complete: all verdicts with their incidents and alerts, or none")
    func complete() throws {
        let urls = try store.lease(origin).urls
        let verdicts = urls.enumerated().map { i, url in
            switch i % 3 {
            case 0: url.marked(.numbered(i), recheck: at(3600))
            case 1: url.pending(due: at(300))
            default:
                url.verdict { $0.content = Verdict.Content(digest: nil, bytes: 5, etag: "\"abc\"", lastModified: nil) }
            }
        }
        let drained = [try #require(try store.originNumber(origin))]
        let failures = try untilItPasses { try store.complete(verdicts, drained: drained, now: at(1)) }
        #expect(failures > 10, "\(failures)")
        #expect(try store.incidents(openOnly: true, after: nil, limit: 1000).count == 67)
        #expect(try store.alerts(after: 0, limit: 1000).count == 67)
        #expect(try store.lease(origin, now: at(300)).health.count == 67)
        try expectSound()
    }

    @Test("revive and remove of an origin")
    func operatorHand() throws {
        let urls = try store.lease(origin).urls
        let marked = urls.enumerated().map { i, url in url.marked(.numbered(i), recheck: at(3600)) }
        try store.complete(marked, drained: [], now: at(1))
        _ = try untilItPasses { _ = try store.revive(.origin(origin), now: at(2)) }
        #expect(try store.incidents(openOnly: true, after: nil, limit: 1000).isEmpty)
        #expect(try store.lease(origin, now: at(2)).urls.count == 200)
        _ = try untilItPasses { _ = try store.remove(.origin(origin), now: at(3)) }
        #expect(try folder.rows("url") == 0)
        try expectSound()
    }
}
