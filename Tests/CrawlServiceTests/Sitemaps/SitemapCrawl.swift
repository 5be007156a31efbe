import CrawlCore
import CrawlFrontier
import CrawlTesting
import Foundation
import Logging
import Synchronization

@testable import CrawlService

/// The real loop, frontier and sitemap runner on virtual time; what the site serves is in a table.
final class SitemapCrawl {
    static let site = "https://a.example"

    let time = VirtualTime()
    let home: TemporaryFolder
    let pages: [String: [UInt8]]
    /// By path, or by URL for other hosts: what is answered whatever `pages` says.
    let answers: [String: SimulatedFetcher.Answer]
    /// Of every answer.
    var latency: Duration {
        get { lag.duration.withLock { $0 } }
        set { lag.duration.withLock { $0 = newValue } }
    }
    private let lag = Lag()
    /// Of each path, in the order of all requests.
    private(set) var requests: [String] = []
    private var store: FrontierStore
    private var fetcher: SimulatedFetcher
    private var loop: CrawlLoop
    private var runner: SitemapRunner
    private var writer: FrontierWriter

    /// `pages` by path, or by URL for other hosts; what is missing is 404, and what is a path itself is a redirect there.
    init(_ pages: [String: String], _ answers: [String: SimulatedFetcher.Answer] = [:]) throws {
        self.pages = pages.mapValues { Array($0.utf8) }
        self.answers = answers
        home = try TemporaryFolder()
        (store, fetcher, loop, runner, writer) = try Self.process(home, time, self.pages, answers, lag)
        begin()
    }

    private static func process(
        _ home: TemporaryFolder, _ time: VirtualTime, _ pages: [String: [UInt8]],
        _ answers: [String: SimulatedFetcher.Answer], _ lag: Lag
    ) throws -> (FrontierStore, SimulatedFetcher, CrawlLoop, SitemapRunner, FrontierWriter) {
        let store = try FrontierStore(path: home.file("frontier.sqlite"))
        let writer = FrontierWriter(frontier: store, clock: time)
        let fetcher = SimulatedFetcher(time: time) { request in
            let path = key(request.url)
            if let answer = answers[path] { return answer }
            let text = pages[path].map { String(decoding: $0, as: UTF8.self) }
            if path.hasSuffix("/robots.txt"), let text { return .text(text) }
            if let target = text, target.hasPrefix("/") { return .redirect(301, to: site + target) }
            var answer = SimulatedFetcher.Answer(status: pages[path] == nil ? 404 : 200)
            answer.body = pages[path] ?? []
            answer.latency = lag.duration.withLock { $0 }
            return answer
        }
        let folder = try SitemapFolder(path: home.file("sitemaps"))
        let runner = SitemapRunner(
            store: store, writer: writer, folder: folder, clock: time, canonicalize: Canonicalizer.canonicalize,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try runner.recover()
        var settings = CrawlLoop.Settings()
        settings.sitemapFolder = folder.path
        let loop = CrawlLoop(
            writer: writer, fetcher: fetcher, clock: time, settings: settings, onSitemaps: { runner.wake($0) })
        return (store, fetcher, loop, runner, writer)
    }

    private func begin() {
        loop.start { [runner, loop] _ in runner.start(loop) }
        time.run(for: .zero)
    }

    /// As `POST /v1/urls` with a `sitemap` field does.
    func ask(_ path: String, _ adjust: (inout EnqueueOptions) -> Void = { _ in }) {
        var options = EnqueueOptions()
        adjust(&options)
        options.isSitemap = true
        enqueue(path, options)
    }

    func enqueue(_ path: String, _ options: EnqueueOptions? = nil) {
        var batch = EnqueueBatch()
        batch.append(url(path), options: options)
        writer.enqueue(batch) { [loop] commit in
            loop.noteSitemaps(waiting: commit.sitemaps)
            loop.noteWork(commit.touched)
        } done: { _, _ in
        }
        time.run(for: .zero)
    }

    /// `kill -9`, and a process after it.
    func kill() throws {
        time.kill()
        requests += fetcher.log.map { Self.key($0.url) }
        (store, fetcher, loop, runner, writer) = try Self.process(home, time, pages, answers, lag)
        begin()
    }

    /// As `DELETE /v1/urls` does.
    func remove(_ path: String) throws {
        _ = try store.remove(.url(url(path)), now: time.now())
        runner.wake()
        time.run(for: .zero)
    }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: home.file("sitemaps"))) ?? [] }

    func job() throws -> StoredSitemapJob? { try store.sitemapJobs(openOnly: false, after: 0, limit: 2).first }

    func record(_ path: String) throws -> StoredURL? { try store.record(url(path)) }

    func urls() throws -> [StoredURL] {
        var rows: [StoredURL] = []
        var next: Int64? = -1
        while let after = next {
            let page = try store.page(URLFilter(), after: after, limit: 1000)
            rows += page.rows
            next = page.next
        }
        return rows
    }

    /// The document that the job waits for.
    func next() throws -> StoredURL? {
        guard let job = try job() else { return nil }
        return try store.nextSitemaps(of: [job])[job.id]
    }

    var log: [String] { requests + fetcher.log.map { Self.key($0.url) } }

    /// The path at the site, or the URL at another.
    private static func key(_ url: String) -> String {
        url.hasPrefix(site + "/") ? String(url.dropFirst(site.count)) : url
    }

    private func url(_ path: String) -> CrawlURL {
        guard path.hasPrefix("/") else {
            var text = path
            let origin = text.withUTF8 { CanonicalForm.originLength($0) } ?? 0
            return CrawlURL(canonical: Array(path.utf8), originLength: origin)
        }
        return CrawlURL(canonical: Array((Self.site + path).utf8), originLength: Self.site.utf8.count)
    }
}

/// How long the site takes for an answer.
final class Lag: Sendable {
    let duration = Mutex(Duration.zero)
}

enum SitemapText {
    static func urlset(_ entries: [String]) -> String { wrap("urlset", "url", entries) }
    static func index(_ entries: [String]) -> String { wrap("sitemapindex", "sitemap", entries) }

    private static func wrap(_ root: String, _ entry: String, _ entries: [String]) -> String {
        let lines = entries.map { "<\(entry)><loc>\($0.hasPrefix("/") ? SitemapCrawl.site + $0 : $0)</loc></\(entry)>" }
        return "<\(root)>" + lines.joined() + "</\(root)>"
    }
}
