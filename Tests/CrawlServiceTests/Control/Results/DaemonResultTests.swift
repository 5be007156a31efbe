import ControlAPI
import CrawlFetch
import CrawlTesting
import Testing

@testable import CrawlCore
@testable import CrawlFrontier
@testable import CrawlService

/// The feed as the daemon gives it: a crawl's results, over a real store.
@Suite(.timeLimit(.minutes(1)))
struct DaemonResultTests {
    /// Nothing is fetched here.
    private final class NoFetcher: Fetcher {
        func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {}
        func fetch(_ batch: FetchBatch) {}
        func cancelAll() {}
    }

    private struct Daemon {
        let folder: TemporaryFolder
        let store: FrontierStore
        let bell = ResultBell()
        let control: DaemonControl

        init(_ limits: ResultLimits?) throws {
            folder = try TemporaryFolder()
            var options = FrontierStore.Options()
            options.results = limits
            store = try FrontierStore(path: folder.file("frontier.sqlite"), options: options)
            let clock = SystemClock()
            let writer = FrontierWriter(frontier: store, clock: clock)
            let loop = CrawlLoop(writer: writer, fetcher: NoFetcher(), clock: clock, settings: CrawlLoop.Settings())
            control = DaemonControl(
                store: store, writer: writer, loop: loop, clock: clock,
                facts: DaemonControl.Facts(version: "1", startedAt: clock.now(), workers: 1),
                workers: { WorkerHealth() }, bell: bell, onIncident: {})
        }

        /// So many URLs, and a good answer for each.
        func crawl(_ count: Int) throws {
            var batch = EnqueueBatch()
            var options = EnqueueOptions()
            options.force = true
            options.meta = #"{"n":1}"#
            for page in 0..<count {
                batch.append(
                    CrawlURL(canonical: Array("https://a.example/\(page)".utf8), originLength: 17), options: options)
            }
            _ = try store.enqueue(batch, now: Instant(ms: 1000))
            let origin = try #require(try store.originNumber(Array("https://a.example".utf8)))
            let lease = try store.lease(
                LeaseRequest(origin: origin, now: Instant(ms: 1000), limit: count, healthLimit: 0))
            let verdicts = lease.urls.map { url in
                var verdict = Verdict(
                    id: url.id, generation: url.generation, leasedDueAt: url.dueAt, stateBefore: url.state,
                    state: .done, outcome: .success, status: 200, at: Instant(ms: 2000), hadHealth: false)
                verdict.received = .init(
                    digest: Digest256(words: (0, 0, 0, 255)), bytes: 9, contentType: Array("text/html".utf8),
                    isChanged: true)
                verdict.place = ArchivePlace(file: "a.warc.gz", offset: 10, length: 20)
                return verdict
            }
            let commit = try store.complete(Completion(verdicts: verdicts), now: Instant(ms: 2000))
            bell.ring(try #require(commit.lastResult))
        }
    }

    private static func limits(rows: Int64) -> ResultLimits {
        var limits = ResultLimits()
        limits.maxAge = .seconds(86_400 * 3650 * 10)
        limits.maxRows = rows
        return limits
    }

    @Test("a record has what the issue of a page is, and status how much there is and who reads it")
    func record() async throws {
        let daemon = try Daemon(Self.limits(rows: 100))
        try daemon.crawl(3)
        let read = try await daemon.control.results(after: nil, .init(), limit: 2, bytes: 1 << 20)
        let record = try #require(read.rows.first)
        #expect(record.url.hasPrefix("https://a.example/"))
        #expect(record.outcome == "success" && record.status == 200 && record.changed == true)
        #expect(record.digest == "sha256:" + String(repeating: "0", count: 62) + "ff")
        #expect(record.contentType == "text/html" && record.bytes == 9)
        #expect(record.meta == .object(["n": .integer(1)]))
        #expect(record.warc == ArchivePlaceRecord(file: "a.warc.gz", offset: 10, length: 20))
        #expect(record.health == nil && record.redirect == nil)
        _ = try await daemon.control.addConsumer("a", after: nil)
        _ = try await daemon.control.acknowledge(read.next, by: "a")
        let report = try #require(try await daemon.control.status().results)
        #expect(report.rows == 3 && report.head == read.head && report.bytes > 3 * 64)
        #expect(report.consumers.map(\.behind) == [1] && report.consumers.map(\.name) == ["a"])
    }

    @Test("whoever has read all is woken by the next commit")
    func woken() async throws {
        let daemon = try Daemon(Self.limits(rows: 100))
        try daemon.crawl(1)
        let head = try await daemon.control.results(after: nil, .init(), limit: 9, bytes: 1 << 20).head
        let waiting = Task { await daemon.control.awaitResults(beyond: head) }
        #expect(await eventually { daemon.bell.waiting == 1 })
        try daemon.crawl(2)
        await waiting.value
        #expect(try await daemon.control.results(after: head, .init(), limit: 9, bytes: 1 << 20).rows.count == 2)
    }

    @Test("what cannot be told is refused with what to do about it")
    func refusals() async throws {
        let daemon = try Daemon(Self.limits(rows: 2))
        try daemon.crawl(5)
        let begins = try #require(try daemon.store.resultStats()?.begins)
        let gone = await #expect(throws: ControlError.self) {
            try await daemon.control.results(after: begins - 1, .init(), limit: 1, bytes: 1)
        }
        #expect(gone?.status == 410 && gone?.after == begins && gone?.hint?.contains("after=\(begins)") == true)
        let unknown = await #expect(throws: ControlError.self) {
            try await daemon.control.acknowledge(1, by: "nobody")
        }
        #expect(unknown?.status == 404)
        let off = try Daemon(nil)
        let refused = await #expect(throws: ControlError.self) {
            try await off.control.results(after: nil, .init(), limit: 1, bytes: 1)
        }
        #expect(refused?.status == 404 && refused?.code == ProblemCode.resultsOff)
        #expect(try await off.control.status().results == nil)
    }
}
