import ControlAPI
import CrawlFetch
import CrawlOutput
import CrawlTesting
import Foundation
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlFrontier
@testable import CrawlService

/// Pages as the daemon gives them: real records, over a real store.
@Suite(.timeLimit(.minutes(1)))
struct DaemonContentTests {
    /// Nothing is fetched here.
    private final class NoFetcher: Fetcher {
        func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws {}
        func fetch(_ batch: FetchBatch) {}
        func cancelAll() {}
    }

    private struct InlineLane: Lane {
        struct NoTimer: LaneTimer {
            func cancel() {}
        }

        func async(_ work: @escaping @Sendable () -> Void) { work() }
        func at(_ deadline: Instant, _ work: @escaping @Sendable () -> Void) -> any LaneTimer { NoTimer() }
        func check() {}
    }

    private final class Places: Sendable {
        let all = Mutex<[String: ArchivedPlace]>([:])
    }

    private struct Daemon {
        let folder: TemporaryFolder
        let control: DaemonControl
        let archive: Archive
        let maker: RecordMaker
        private let places: Places
        private let store: FrontierStore
        static let now = Instant(ms: 1_772_323_199_123)

        init(maxBody: Int = 16 << 20, isArchiving: Bool = true) throws {
            folder = try TemporaryFolder(inMemory: true)
            let warc = folder.file("warc")
            try FileManager.default.createDirectory(atPath: warc, withIntermediateDirectories: false)
            var settings = ArchiveSettings(folder: warc, host: "h")
            settings.minFree = 0
            let random = Mutex(SeededRandom(seed: 1))
            let makeID: @Sendable () -> RecordID = { random.withLock { RecordID(using: &$0) } }
            archive = try Archive(settings, spoolLane: InlineLane(), makeID: makeID, known: { _ in nil })
            maker = try #require(RecordMaker(settings.maker, spool: archive.spool, makeID: makeID))
            store = try FrontierStore(path: folder.file("frontier.sqlite"), options: FrontierStore.Options())
            let clock = SystemClock()
            let writer = FrontierWriter(frontier: store, clock: clock)
            let loop = CrawlLoop(writer: writer, fetcher: NoFetcher(), clock: clock, settings: CrawlLoop.Settings())
            let places = Places()
            self.places = places
            control = DaemonControl(
                store: store, writer: writer, loop: loop, clock: clock,
                facts: DaemonControl.Facts(version: "1", startedAt: clock.now(), workers: 1),
                workers: { WorkerHealth() },
                pages: ContentRule(maxBody: maxBody, isArchiving: isArchiving) { _, url in
                    places.all.withLock { $0[url.string] }
                }, onIncident: {})
        }

        static func url(_ path: String) -> CrawlURL {
            CrawlURL(canonical: Array("http://a.example\(path)".utf8), originLength: 16)
        }

        func know(_ path: String) throws {
            var batch = EnqueueBatch()
            batch.append(Self.url(path), options: EnqueueOptions())
            _ = try store.enqueue(batch, now: Self.now)
        }

        static func exchange(
            _ path: String, _ body: [UInt8], _ headers: String = "", status: Int32 = 200
        ) -> Exchange {
            Exchange(
                targetURI: Array("http://a.example\(path)".utf8),
                requestHead: Array("GET \(path) HTTP/1.1\r\n\r\n".utf8),
                responseHead: Array("HTTP/1.1 \(status) OK\r\n\(headers)\r\n".utf8), status: status,
                body: .memory(body),
                httpVersion: .http11, date: now)
        }

        /// It is known, and its page stands in the archive.
        @discardableResult
        func store(_ path: String, _ exchange: Exchange, as form: RecordForm = .response) throws -> MainRecord {
            try know(path)
            let group = try maker.make(exchange, as: form)
            let place = try archive.append([group], at: Self.now)[0]
            try archive.sync()
            places.all.withLock {
                $0["http://a.example\(path)"] = ArchivedPlace(folder: folder.file("warc"), place: place)
            }
            return group.main
        }

        func content(_ path: String, isRaw: Bool = false) async throws -> (page: PageContent, body: [UInt8]) {
            let page = try await control.content(Self.url(path), isRaw: isRaw)
            var body: [UInt8] = []
            while case let piece = try await page.read(10_000), !piece.isEmpty {
                #expect(piece.count <= 10_000)
                body += piece
            }
            #expect(Int64(body.count) == page.count)
            return (page, body)
        }

        func refusal(_ path: String) async -> ControlError? {
            do {
                _ = try await control.content(Self.url(path), isRaw: false)
                return nil
            } catch {
                return error as? ControlError
            }
        }
    }

    private static let text = Array(String(repeating: "<p>Some text that is read.</p>\n", count: 40).utf8)

    /// On both sides of what stays in memory.
    @Test("a page comes back to the byte", arguments: [0, 1, 65_535, 65_536, 65_537, 3_000_000])
    func page(_ count: Int) async throws {
        let daemon = try Daemon()
        var random = SeededRandom(seed: 3)
        let body = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try daemon.store("/", Daemon.exchange("/", body, "Content-Type: image/png\r\n"))
        let (page, read) = try await daemon.content("/")
        #expect(read == body)
        #expect(page.status == 200 && page.contentType == "image/png" && page.date == Daemon.now)
        #expect(page.codings.isEmpty && page.cut.isEmpty && page.original == nil)
        #expect(String(decoding: page.head, as: UTF8.self) == "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
    }

    @Test("gzip is undone, unless it is not to be; what nobody undoes here is named")
    func codings() async throws {
        let daemon = try Daemon()
        let gzip = Gzip.compress(Self.text)
        try daemon.store("/gzip", Daemon.exchange("/gzip", gzip, "Content-Encoding: gzip\r\n"))
        try daemon.store("/br", Daemon.exchange("/br", [1, 2, 3], "Content-Encoding: br\r\n"))
        let undone = try await daemon.content("/gzip")
        #expect(undone.body == Self.text && undone.page.codings.isEmpty)
        let raw = try await daemon.content("/gzip", isRaw: true)
        #expect(raw.body == gzip && raw.page.codings == ["gzip"])
        let left = try await daemon.content("/br")
        #expect(left.body == [1, 2, 3] && left.page.codings == ["br"])
    }

    @Test("what is longer than max_body, once it is inflated, is cut there, and that is told")
    func cut() async throws {
        let daemon = try Daemon(maxBody: 100_000)
        let long = [UInt8](repeating: 0x61, count: 900_000)
        try daemon.store("/", Daemon.exchange("/", Gzip.compress(long), "Content-Encoding: gzip\r\n"))
        let (page, body) = try await daemon.content("/")
        #expect(body == Array(long.prefix(100_000)))
        #expect(page.cut == ["limit"])
    }

    @Test("a page that came in part is told to be one, half a coding and all")
    func truncated() async throws {
        let daemon = try Daemon()
        var exchange = Daemon.exchange("/", Array(Gzip.compress(Self.text).dropLast(9)), "Content-Encoding: gzip\r\n")
        exchange.end = .disconnect
        try daemon.store("/", exchange)
        let (page, body) = try await daemon.content("/")
        #expect(page.cut == ["disconnect"])
        #expect(Self.text.starts(with: body))
    }

    @Test("a page that was the same as another URL's is read where that stands, with its own head")
    func revisit() async throws {
        let daemon = try Daemon()
        let first = try daemon.store(
            "/first", Daemon.exchange("/first", Self.text, "Content-Type: text/html\r\nA: 1\r\n"))
        try daemon.store(
            "/copy", Daemon.exchange("/copy", Self.text, "A: 2\r\n"),
            as: .identicalPayload(try #require(first.original)))
        let (page, body) = try await daemon.content("/copy")
        #expect(body == Self.text)
        #expect(page.original == "http://a.example/first")
        #expect(String(decoding: page.head, as: UTF8.self) == "HTTP/1.1 200 OK\r\nA: 2\r\n\r\n")
        #expect(page.contentType == "text/html")
    }

    @Test("if the other URL has another page by now, it is not given in its place")
    func changedOriginal() async throws {
        let daemon = try Daemon()
        let first = try daemon.store("/first", Daemon.exchange("/first", Self.text))
        let original = try #require(first.original)
        try daemon.store("/copy", Daemon.exchange("/copy", Self.text), as: .identicalPayload(original))
        try daemon.store("/first", Daemon.exchange("/first", Self.text + [0x2E]))
        let refusal = try #require(await daemon.refusal("/copy"))
        #expect(refusal.status == 404 && refusal.code == "not-archived")
        #expect(refusal.detail.contains("http://a.example/first"))
        // Nor is a revisit followed to another one.
        try daemon.store("/first", Daemon.exchange("/first", Self.text), as: .identicalPayload(original))
        for path in ["/copy", "/first"] {
            let refusal = await daemon.refusal(path)
            #expect(refusal?.code == "not-archived", "\(path)")
        }
    }

    @Test("without a page it is told why")
    func missing() async throws {
        let daemon = try Daemon()
        let unknown = await daemon.refusal("/unknown")
        #expect(unknown?.code == "not-found")
        try daemon.know("/page")
        let refusal = try #require(await daemon.refusal("/page"))
        #expect(refusal.status == 404 && refusal.code == "not-archived")
        #expect(refusal.hint?.contains("enqueue --force http://a.example/page") == true)
        let off = try Daemon(isArchiving: false)
        try off.know("/page")
        let unset = try #require(await off.refusal("/page"))
        #expect(unset.code == "not-archived" && unset.hint?.contains("output.warc.dir") == true)
    }

    @Test("a file that is gone, or damaged, is named")
    func gone() async throws {
        let daemon = try Daemon()
        try daemon.store("/", Daemon.exchange("/", Self.text))
        try daemon.archive.close()
        let warc = daemon.folder.file("warc")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: warc).first { $0.hasSuffix(".warc.gz") })
        let path = URL(fileURLWithPath: warc + "/" + name)
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count - 30] ^= 1
        try bytes.write(to: path)
        let damaged = try #require(await daemon.refusal("/"))
        #expect(damaged.status == 404 && damaged.code == "not-archived" && damaged.detail.contains(name))
        try FileManager.default.removeItem(at: path)
        let gone = try #require(await daemon.refusal("/"))
        #expect(gone.status == 404 && gone.code == "not-archived" && gone.detail.contains(name))
        #expect(gone.hint?.contains("bring the file back") == true)
    }
}
