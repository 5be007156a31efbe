import CrawlCore
import CrawlFrontier
import Logging

/// Reads sitemaps that were fetched, one document after the other, and enqueues what they list.
///
///     CrawlLoop ─ fetched ─► wake ─► next document ─► part by part: FrontierWriter ─► CrawlLoop.noteWork
///
/// `@unchecked Sendable`: all state is touched on `lane` only, and every entry checks that.
final class SitemapRunner: @unchecked Sendable {
    /// After the frontier or a file has failed.
    private static let retry = Duration.seconds(5)

    private let lane: any Lane
    private let clock: any Clock
    private let store: FrontierStore
    private let writer: FrontierWriter
    private let folder: SitemapFolder
    private let canonicalize: Canonicalize
    private let logger: Logger

    /// nil = not started, or stopped.
    private var loop: CrawlLoop?
    private var reading: SitemapReading?
    /// A part is with the writer, or a retry is waited for.
    private var isBusy = false
    private var retryTimer: (any LaneTimer)?
    /// Documents that wait for the robots.txt of other hosts go on then.
    private var resumeTimer: (any LaneTimer)?
    private var stopDone: (@Sendable () -> Void)?

    init(
        store: FrontierStore, writer: FrontierWriter, folder: SitemapFolder, clock: any Clock,
        canonicalize: @escaping Canonicalize, logger: Logger
    ) {
        self.store = store
        self.writer = writer
        self.folder = folder
        self.clock = clock
        self.canonicalize = canonicalize
        self.logger = logger
        lane = clock.lane("crawld.service.sitemaps")
    }

    /// Before the loop starts: finds out which bodies are still there. Blocks.
    func recover() throws {
        let kept = try store.recoverSitemaps(
            files: folder.documents, boot: BootID.number, now: clock.now())
        folder.clear(except: kept)
    }

    /// Goes on where the process before this one was.
    func start(_ loop: CrawlLoop) {
        lane.async { [self] in
            self.loop = loop
            endJobs()
            askRobots((try? store.awaitedSitemapRobots(now: clock.now())) ?? [])
            resume()
            work()
        }
    }

    /// `done` is called when nothing more is written; a document goes on from there after the next start.
    func stop(done: @escaping @Sendable () -> Void) {
        lane.async { [self] in
            loop = nil
            reading = nil
            resumeTimer?.cancel()
            if let retryTimer {
                retryTimer.cancel()
                isBusy = false
            }
            if isBusy { stopDone = done } else { done() }
        }
    }

    /// The loop has answers for these, or an operator has removed some.
    func wake(_ settled: [Int64] = []) {
        lane.async { [self] in
            forget(settled)
            endJobs()
            resume()
            work()
        }
    }

    /// What was not revived meanwhile need not be fetched any more; of what was removed meanwhile the body is nobody's.
    private func forget(_ settled: [Int64]) {
        guard !settled.isEmpty, let (waiting, fetched) = try? store.openSitemaps(among: settled) else { return }
        let ended = Set(settled).subtracting(waiting)
        loop?.noteSitemaps(settled: Array(ended))
        for id in ended.subtracting(fetched) { folder.remove(id) }
    }

    // MARK: Reading

    private func work() {
        lane.check()
        guard loop != nil, !isBusy else { return }
        if reading == nil { reading = open() }
        guard let reading else { return }
        do {
            enqueue(try FaultWork.reading(reading.document.id) { try reading.next() }, of: reading.document)
        } catch is SitemapFile.Fault {
            self.reading = nil
            refetch(reading.document)
        } catch {
            self.reading = nil
            later()
        }
    }

    /// nil = nothing to read, or what there is has to be fetched again first.
    private func open() -> SitemapReading? {
        do {
            guard let document = try store.fetchedSitemap() else { return nil }
            if let file = SitemapFile(folder.file(document.id)) {
                let (names, room) = try store.sitemapNames(document)
                let submits = SitemapSubmits(
                    document, names: names, room: room, number: store.knownOrigin
                ) { [store, clock] origin in
                    try store.sitemapSubmit(of: origin, job: document.job, now: clock.now())
                }
                return FaultWork.reading(document.id) {
                    SitemapReading(document, file: file, submits: submits, canonicalize: canonicalize)
                }
            }
            refetch(document)
        } catch {
            later()
        }
        return nil
    }

    private func enqueue(_ part: SitemapReading.Part, of document: FetchedSitemap) {
        isBusy = true
        writer.perform({ [store, clock] _ in
            try FaultWork.reading(document.id) {
                try store.enqueue(part.batch, of: document, part.progress, now: clock.now())
            }
        }) { [self] result in
            lane.async { self.enqueued(result, document, part.progress.end) }
        }
    }

    private func enqueued(
        _ result: Result<EnqueueCommit?, any Error>, _ document: FetchedSitemap, _ end: SitemapProgress.End?
    ) {
        guard case .success(let commit) = result else {
            reading = nil  // it is read again from where the frontier says
            return later()
        }
        tell(commit)
        if let commit, commit.awaitsSitemapRobots {
            reading = nil
            resume()
        } else if end != nil || commit == nil {
            reading = nil
            folder.remove(document.id)
            if case .cut(let reason) = end {
                logger.info(
                    "a sitemap was cut", metadata: ["url": "\(document.url)", "reason": "\(reason)"])
            }
            endJobs()
        }
        goOn()
    }

    private func refetch(_ document: FetchedSitemap) {
        isBusy = true
        writer.perform({ [store, clock] _ in try store.refetchSitemap(document.id, now: clock.now()) }) {
            [self] result in
            lane.async {
                guard case .success(let commit) = result else { return self.later() }
                self.tell(commit)
                self.endJobs()
                self.goOn()
            }
        }
    }

    private func tell(_ commit: EnqueueCommit?) {
        guard let commit else { return }
        loop?.noteSitemaps(waiting: commit.sitemaps)
        if !commit.touched.isEmpty { loop?.noteWork(commit.touched) }
        askRobots(commit.sitemapRobots)
    }

    // MARK: robots.txt of other hosts

    private func askRobots(_ origins: [Int64]) {
        loop?.askRobots(origins) { [self] refused in
            writer.perform({ [store] _ in try store.forgoSitemapRobots(refused) }) { [self] _ in wake() }
        }
    }

    /// Reads on what need not wait any more.
    private func resume() {
        guard loop != nil else { return }
        writer.perform({ [store, clock] _ in try store.resumeSitemaps(now: clock.now()) }) { [self] result in
            lane.async { self.resumed(try? result.get()) }
        }
    }

    private func resumed(_ next: Instant??) {
        resumeTimer?.cancel()
        resumeTimer = nil
        guard loop != nil else { return }
        if let next = next ?? nil { resumeTimer = lane.at(next) { [self] in resume() } }
        work()
    }

    private func goOn() {
        isBusy = false
        if let stopDone {
            self.stopDone = nil
            return stopDone()
        }
        work()
    }

    private func later() {
        isBusy = true
        guard loop != nil else { return goOn() }
        retryTimer = lane.at(clock.now() + Self.retry) { [self] in
            retryTimer = nil
            goOn()
        }
    }

    // MARK: Jobs

    private func endJobs() {
        guard loop != nil else { return }
        writer.perform({ [store, clock] _ in try store.endSitemapJobs(now: clock.now()) }) { [logger] result in
            for job in (try? result.get()) ?? [] { Self.log(job, logger) }
        }
    }

    private static func log(_ job: StoredSitemapJob, _ logger: Logger) {
        var facts: Logger.Metadata = [
            "url": "\(job.url)", "state": "\(job.state)", "documents": .stringConvertible(job.documents),
            "failed": .stringConvertible(job.documentsFailed), "entries": .stringConvertible(job.entries),
            "new": .stringConvertible(job.new),
            "known": .stringConvertible(job.known), "rejected": .stringConvertible(job.rejected),
            "foreign": .stringConvertible(job.foreign),
        ]
        if !job.rejections.isEmpty {
            let reasons = job.rejections.map { "\($0.reason) \($0.entries)" }
            facts["rejected_because"] = "\(reasons.joined(separator: ", "))"
        }
        guard let reason = job.reason else { return logger.notice("sitemap read", metadata: facts) }
        facts["reason"] = "\(reason)"
        facts["reason_url"] = "\(job.reasonURL ?? job.url)"
        logger.warning("sitemap not read to its end", metadata: facts)
    }
}
