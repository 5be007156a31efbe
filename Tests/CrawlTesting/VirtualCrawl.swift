package import CrawlCore
package import CrawlFrontier
package import CrawlService
import Logging
import Synchronization

/// The real scheduler, loop, store and alert dispatcher on one thread with virtual time; only the network and the sinks
/// are simulated.
package final class VirtualCrawl {
    package let time: VirtualTime
    package let fetcher: SimulatedFetcher
    package let folder: TemporaryFolder
    package private(set) var store: FrontierStore
    package private(set) var loop: CrawlLoop
    /// What the last restart had to mend.
    package private(set) var lastRepair = FrontierRepair()
    package private(set) var writer: FrontierWriter
    private var alerts: AlertDispatcher?
    private let sinks: [any AlertSink]
    private let reminder: Duration?
    private let settings: CrawlLoop.Settings
    private let options: FrontierStore.Options
    private let answer: @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    private let names: (@Sendable (SimulatedResolver.Question) -> SimulatedResolver.Answer)?
    /// nil = names are not looked up.
    package private(set) var resolver: SimulatedResolver?
    private var earlierLogs: [SimulatedFetcher] = []
    private var currentFetcher: SimulatedFetcher
    private let onIncident: @Sendable () -> Void
    private let onUnstored: @Sendable (Unstored) -> Void
    private let onLocalLimit: @Sendable (LocalLimit.News) -> Void
    private let onUnasked: @Sendable ([FetchResult]) -> Void
    private let keepsLog: Bool
    package let start: Instant

    /// Alerts are delivered only if there are `sinks`; `reminder` nil = no reminders. `inMemory`: the store lies on tmpfs.
    /// `keepsLog` false: `log` and `times` stay empty. `onIncident` is called after each commit that opened or closed an
    /// incident. `names`: what looking them up gives; nil = they are not. `onUnasked`: as the loop's.
    package init(
        settings: CrawlLoop.Settings, options: FrontierStore.Options = FrontierStore.Options(),
        sinks: [any AlertSink] = [], reminder: Duration? = nil, inMemory: Bool = false, keepsLog: Bool = true,
        onIncident: @escaping @Sendable () -> Void = {}, onUnstored: @escaping @Sendable (Unstored) -> Void = { _ in },
        onLocalLimit: @escaping @Sendable (LocalLimit.News) -> Void = { _ in },
        onUnasked: @escaping @Sendable ([FetchResult]) -> Void = { _ in },
        names: (@Sendable (SimulatedResolver.Question) -> SimulatedResolver.Answer)? = nil,
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer
    ) throws {
        time = VirtualTime()
        start = time.now()
        folder = try TemporaryFolder(inMemory: inMemory)
        var settings = settings
        settings.policy.robots = settings.rules.robots
        self.settings = settings
        var options = options
        if !sinks.isEmpty { options.sinks = sinks.map(\.name) }
        self.options = options
        self.sinks = sinks
        self.reminder = reminder
        self.answer = answer
        self.names = names
        resolver = names.map { [time] in SimulatedResolver(time: time, keepsLog: keepsLog, answer: $0) }
        self.onIncident = onIncident
        self.onUnstored = onUnstored
        self.onLocalLimit = onLocalLimit
        self.onUnasked = onUnasked
        self.keepsLog = keepsLog
        fetcher = SimulatedFetcher(time: time, keepsLog: keepsLog, answer: answer)
        currentFetcher = fetcher
        store = try FrontierStore(path: folder.file("frontier.sqlite"), options: options)
        writer = FrontierWriter(frontier: store, clock: time)
        alerts = Self.dispatcher(sinks, reminder, settings.rules.health, store, writer, time)
        loop = CrawlLoop(
            writer: writer, fetcher: fetcher, clock: time, settings: settings, resolver: resolver,
            onIncident: { [alerts, onIncident] in
                alerts?.wake()
                onIncident()
            }, onUnstored: onUnstored, onLocalLimit: onLocalLimit, onUnasked: onUnasked,
            fault: { StorageFault($0) })
        begin()
    }

    /// There may be messages to deliver: as the control socket does after what an operator did.
    package var wakeAlerts: @Sendable () -> Void { { [alerts] in alerts?.wake() } }

    /// Timers that wait hold the process, which holds the time.
    deinit { time.kill() }

    private static func dispatcher(
        _ sinks: [any AlertSink], _ reminder: Duration?, _ rules: HealthRules, _ store: FrontierStore,
        _ writer: FrontierWriter,
        _ time: VirtualTime
    ) -> AlertDispatcher? {
        guard !sinks.isEmpty else { return nil }
        return AlertDispatcher(
            outbox: store, sinks: sinks, clock: time, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() },
            reminder: reminder, rules: rules
        ) { work, done in
            writer.perform({ _ in try work() }, then: done)
        }
    }

    private func begin() {
        alerts?.wake()
        loop.start { _ in }
        time.run(for: .zero)
    }

    /// Commits the URLs as the control socket would.
    package func enqueue(_ urls: [String], options: EnqueueOptions? = nil) {
        var batch = EnqueueBatch()
        for url in urls {
            var url = url
            url.withUTF8 { bytes in
                if let length = CanonicalForm.originLength(bytes) {
                    batch.append(bytes, originLength: length, options: options)
                }
            }
        }
        precondition(batch.count == urls.count, "test URLs are canonical")
        writer.enqueue(batch) { [loop] in
            loop.noteWork($0.touched)
        } done: { _, _ in
        }
        time.run(for: .zero)
    }

    /// Tells the loop of rows that the test changed through `store`.
    package func reconsider(origin: Int64) { changed(.origin(origin)) }

    package func changed(_ rows: ChangedRows) {
        loop.changed(rows)
        time.run(for: .zero)
    }

    /// SIGTERM: finishes what is in flight, closes the store.
    package func stop() {
        let done = Mutex(false)
        loop.stop(deadline: time.now() + .seconds(30)) { _ in done.withLock { $0 = true } }
        while !done.withLock({ $0 }) { time.run(for: .milliseconds(10)) }
    }

    /// `kill -9`: nothing that is under way goes on.
    package func kill() {
        currentFetcher.cut()
        time.kill()
    }

    /// A new process on the same file, after a clean stop or a kill.
    package func restart() throws {
        kill()
        earlierLogs.append(currentFetcher)
        resolver?.stop()
        resolver = names.map { [time] in SimulatedResolver(time: time, keepsLog: keepsLog, answer: $0) }
        currentFetcher = SimulatedFetcher(time: time, keepsLog: keepsLog, answer: answer)
        store = try FrontierStore(path: folder.file("frontier.sqlite"), options: options)
        lastRepair = try store.repair(now: time.now())
        writer = FrontierWriter(frontier: store, clock: time)
        alerts = Self.dispatcher(sinks, reminder, settings.rules.health, store, writer, time)
        loop = CrawlLoop(
            writer: writer, fetcher: currentFetcher, clock: time, settings: settings, resolver: resolver,
            onIncident: { [alerts, onIncident] in
                alerts?.wake()
                onIncident()
            }, onUnstored: onUnstored, onLocalLimit: onLocalLimit, onUnasked: onUnasked,
            fault: { StorageFault($0) })
        begin()
    }

    /// What the loop tells of itself; nil = it does not answer.
    package func snapshot() -> CrawlLoop.Snapshot? {
        let answer = Mutex<CrawlLoop.Snapshot?>(nil)
        loop.snapshot { snapshot in answer.withLock { $0 = snapshot } }
        time.run(for: .zero)
        return answer.withLock { $0 }
    }

    /// URLs that are on their way.
    package func inFlight() -> [Int64] {
        let answer = Mutex<[Int64]>([])
        loop.inFlight(after: .min, limit: .max) { ids in answer.withLock { $0 = ids } }
        time.run(for: .zero)
        return answer.withLock { $0 }
    }

    /// What the loop knows of URLs; nil = it does not answer.
    package func view(of ids: [Int64]) -> CrawlLoop.View? {
        let answer = Mutex<CrawlLoop.View?>(nil)
        loop.view(of: ids) { view in answer.withLock { $0 = view } }
        time.run(for: .zero)
        return answer.withLock { $0 }
    }

    /// Why the origins of `urls` wait, by URL.
    package func waits(of urls: [String]) throws -> [String: OriginWait] {
        let answer = Mutex<[Int64: OriginWait]>([:])
        let ids = try urls.map { try record($0)?.id ?? 0 }
        loop.view(of: ids) { view in answer.withLock { $0 = view.waits } }
        time.run(for: .zero)
        let waits = answer.withLock { $0 }
        return Dictionary(uniqueKeysWithValues: zip(urls, ids)).compactMapValues { waits[URLKey.origin(of: $0)] }
    }

    /// Requests of all processes so far.
    package var log: [SimulatedFetcher.Request] { (earlierLogs + [currentFetcher]).flatMap(\.log) }

    /// From the start to each request for `url`.
    package func times(_ url: String) -> [Duration] { log.filter { $0.url == url }.map { $0.at - start } }

    package func record(_ url: String) throws -> StoredURL? {
        try Self.canonical(url).flatMap { try store.record($0) }
    }

    /// An operator removes the URL.
    package func remove(_ url: String) throws {
        guard let canonical = Self.canonical(url),
            let commit = try store.remove(.url(canonical), now: time.now())
        else { return }
        changed(commit.rows)
    }

    package static func canonical(_ url: String) -> CrawlURL? {
        var url = url
        return url.withUTF8 { bytes in
            CanonicalForm.originLength(bytes).map { CrawlURL(canonical: bytes, originLength: $0) }
        }
    }
}

extension Duration {
    package static func minutes(_ minutes: Double) -> Duration { .milliseconds(Int64(minutes * 60_000)) }
    package static func hours(_ hours: Double) -> Duration { .minutes(hours * 60) }
}
