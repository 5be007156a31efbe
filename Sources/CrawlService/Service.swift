import CFault
package import CrawlCore
package import CrawlFetch
import CrawlFrontier
import CurlKit
import DomainKit
import Logging
import ServiceLifecycle
import UnixSignals

/// The composition root: makes the parts, joins them, starts them in order and stops them in the reverse one.
///
///     ControlServer ─► DaemonControl ─► FrontierWriter ─► FrontierStore
///                           │                ▲   ▲             ▲
///                           └──────► CrawlLoop ─► WorkerPool   │
///                                        │ ▲     │             │
///                                        ├─┴─ SitemapRunner    │
///                                        └─► AlertDispatcher ──┘
package struct Service: Sendable {
    private let config: Config
    private let source: ConfigSource
    private let notify: SystemdNotify
    private let logs: LogSink
    private let fetcher: @Sendable (WorkerPool) -> any Fetcher
    private let entries: @Sendable (@escaping Canonicalize) -> Canonicalize
    private let logger = Logger(label: "crawld")

    /// `fetcher`: what the crawl sends its requests to, over the workers; `entries`: what makes URLs of a sitemap's entries,
    /// over our canonical form. A test may stand between.
    package init(
        config: Config, source: ConfigSource, notify: SystemdNotify, logs: LogSink,
        entries: @escaping @Sendable (@escaping Canonicalize) -> Canonicalize = { $0 },
        fetcher: @escaping @Sendable (WorkerPool) -> any Fetcher = { $0 }
    ) {
        self.config = config
        self.source = source
        self.notify = notify
        self.logs = logs
        self.entries = entries
        self.fetcher = fetcher
    }

    /// Returns after a clean stop.
    package func run() async throws(ServiceFailure) {
        cfault_install()
        let clock = SystemClock()
        let extending = StartExtension.begin(clock: clock, notify: notify)
        defer { extending.end() }
        let folder = try StateDirectory(path: config.daemon.stateDirectory)
        defer { withExtendedLifetime(folder) {} }  // its lock is ours to the end
        let fatal = FatalEnd()
        let store = try openStore(folder.frontierPath, fatal)
        try repair(store, now: clock.now())
        let socket = try controlSocket()
        defer { socket.unlink() }
        let inFlightFile = try InFlightOpening(store: store, logger: logger)
            .open(folder.inFlightPath, inFlight: config.fetch.maxInFlight, now: clock.now())
        let pool = WorkerPool(limits: config.fetchLimits, clock: clock)
        logger.info(
            "libcurl",
            metadata: [
                "version": "\(CurlVersion.running)",
                "handles": HandleUse.ofLibrary == .once ? "a new one for each transfer" : "used again",
            ])
        if pool.shares.isLowered { logger.warning("fetch.max_in_flight is lowered", metadata: pool.shares.metadata) }
        let writer = FrontierWriter(frontier: store, clock: clock)
        let alerts = AlertRunner.dispatcher(
            config, store: store, writer: writer, clock: clock, logs: logs, logger: logger)
        var settings = CrawlLoop.Settings()
        settings.rules = config.schedulerRules
        settings.rules.maxInFlight = pool.shares.maxInFlight
        settings.policy = config.refusalPolicy
        settings.canonicalize = Canonicalizer.canonicalize
        settings.domainKey = RegistrableDomain.key
        settings.isPublicSuffix = RegistrableDomain.isPublicSuffix
        settings.sitemapFolder = folder.sitemapPath
        settings.classifier = OutcomeClassifier(directEquivalents: config.health.directEquivalents)
        let sitemaps = SitemapRunner(
            store: store, writer: writer, folder: try SitemapFolder(path: folder.sitemapPath), clock: clock,
            canonicalize: entries(Canonicalizer.canonicalize), logger: logger)
        try recover(sitemaps)
        let reports = clock.lane("crawld.service.unstored")  // names are read from the frontier
        let loop = CrawlLoop(
            writer: writer, fetcher: fetcher(pool), clock: clock, settings: settings, inFlightFile: inFlightFile,
            onIncident: { alerts.wake() },
            onSitemaps: { sitemaps.wake($0) },
            onTrouble: { [logger] error in
                if case FrontierError.replaced = error { return }  // the store has told of it
                logger.error(
                    "the frontier failed; nothing is fetched until it works again", metadata: ["error": "\(error)"])
                guard case FrontierError.unusable = error else { return }
                fatal.end(ServiceFailure(.databaseUnusable, "\(error)"))
            },
            onUnstored: { [logger] unstored in
                reports.async { logger.warning("a change could not be stored", metadata: unstored.metadata(store)) }
            },
            onLocalLimit: { [logger] in $0.log(to: logger) },
            isHopeless: { ($0 as? FrontierError)?.isForGood ?? false })
        let control = DaemonControl(
            store: store, writer: writer, loop: loop, clock: clock,
            facts: DaemonControl.Facts(
                version: Version.current, startedAt: clock.now(), workers: pool.workerCount),
            workers: { pool.health },
            onIncident: {
                alerts.wake()
                sitemaps.wake()
            })
        let stuck = StuckWorkers(
            pool: pool, loop: loop, store: store, file: inFlightFile, clock: clock, reports: reports, logs: logs,
            logger: logger)
        pool.whenStuck { stuck.note($0, fatal) }
        pool.whenNoneApart { [logger] error in
            logger.warning(
                "there is no room for the worker of origins that are asked apart; until there is, the usual ones ask them",
                metadata: ["error": "\(error)"])
        }
        // It holds the pool, and the pool it.
        defer { pool.whenStuck { _ in } }
        try await start(loop)
        let server = ControlServer(
            control: control, socket: socket, canonicalize: Canonicalizer.canonicalize, clock: clock, logger: logger,
            onRunning: { [logger, notify] in
                extending.end()
                logger.notice(
                    "ready", metadata: ["version": "\(Version.current)", "socket": "\(socket.path ?? "inherited")"])
                notify.tell(.ready)
            })
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [  // stopped from the last to the first: the loop leases nothing while the others end
                    Watchdog(loop: loop, writer: writer, pool: pool, clock: clock, notify: notify),
                    AlertRunner(dispatcher: alerts, clock: clock),
                    server,
                    ReloadOnHangup(
                        source: source, started: config, logs: logs, notify: notify, logger: logger,
                        apply: { loop.apply($0) }),
                    CrawlRunner(loop: loop, pool: pool, clock: clock, notify: notify, logger: logger),
                    SitemapService(runner: sitemaps, loop: loop),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "crawld.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        fatal.attach(services)
        if let failure = fatal.failure { throw failure }
        var failure: ServiceFailure?
        do {
            try await services.run()
        } catch {
            failure = error as? ServiceFailure ?? ServiceFailure(.io, "\(error)")
        }
        // Damage that only a request of the control socket met ended nothing until now.
        failure = fatal.failure ?? failure ?? store.fault.map { ServiceFailure(storage: $0) }
        if case .replaced = store.fault { store.saveLog() }
        await stuck.leaveIfAny(socket, failure)
        if let failure { throw failure }
        logger.notice("stopped")
    }

    private func controlSocket() throws(ServiceFailure) -> ControlSocket {
        do {
            if let descriptor = try notify.inheritedSocket() { return try ControlSocket.inherited(descriptor) }
            return try ControlSocket.open(
                path: config.control.socket, mode: config.control.mode, group: config.control.group)
        } catch let error as ControlSocketError {
            throw ServiceFailure(error.reason == .inUse ? .alreadyRunning : .cannotCreate, error.description)
        } catch {
            throw ServiceFailure(.cannotCreate, "the socket that was passed in: \(error)")
        }
    }

    private func openStore(_ path: String, _ fatal: FatalEnd) throws(ServiceFailure) -> FrontierStore {
        var options = config.storeOptions
        options.onFault = { [logger] fault in
            guard case .replaced = fault else {
                return logger.error(
                    "the frontier is damaged: what does not lie on that page is still crawled and served",
                    metadata: ["error": "\(fault)"])
            }
            logger.error("the frontier is not where it was opened; crawld ends", metadata: ["error": "\(fault)"])
            fatal.end(ServiceFailure(storage: fault))
        }
        do {
            return try FrontierStore(path: path, options: options)
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    /// Rows that do not fit together, by whatever hand, would hold URLs for ever or keep an incident open.
    private func repair(_ store: FrontierStore, now: Instant) throws(ServiceFailure) {
        do {
            let repair = try store.repair(now: now)
            for (fault, name) in zip(repair.faults, repair.names).prefix(Self.repairsTold) {
                logger.warning(
                    "the frontier was repaired", metadata: ["what": "\(name)", "fault": "\(fault.kind.rawValue)"])
            }
            guard repair.faults.count > Self.repairsTold else { return }
            logger.warning(
                "the frontier was repaired in more places",
                metadata: ["not_told": .stringConvertible(repair.faults.count - Self.repairsTold)])
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    private static let repairsTold = 50

    private func recover(_ sitemaps: SitemapRunner) throws(ServiceFailure) {
        do {
            try sitemaps.recover()
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    private func start(_ loop: CrawlLoop) async throws(ServiceFailure) {
        let result = await withCheckedContinuation { started in loop.start { started.resume(returning: $0) } }
        if case .failure(let error) = result { throw ServiceFailure(storage: error) }
    }
}

extension Unstored {
    fileprivate func metadata(_ store: FrontierStore) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["error": "\(reason)"]
        if let id { metadata["url"] = "\((try? store.name(of: id)) ?? String(id))" }
        if let until { metadata["again_at"] = "\(until.text)" }
        if leftOut > 0 { metadata["not_told"] = .stringConvertible(leftOut) }
        return metadata
    }
}
