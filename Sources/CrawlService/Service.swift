import CFault
package import CrawlCore
package import CrawlFetch
import CrawlFrontier
import CrawlOutput
import CrawlResolve
import CurlKit
import DomainKit
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

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
        notify.tell(.status("starting"))
        let extending = StartExtension.begin(clock: clock, notify: notify)
        defer { extending.end() }
        let pool = WorkerPool(limits: config.fetchLimits, clock: clock)
        let inherited = try inheritedSocket()
        try StartCheck(config: config, shares: pool.shares, isSocketInherited: inherited != nil).run()
        let life = Life(
            clock: clock, pool: pool, fatal: FatalEnd(), stops: StopSignals(),
            facts: DaemonControl.Facts(
                version: Version.current, startedAt: clock.now(), workers: pool.workerCount))
        guard let start = try await begin(life, inherited) else { return logger.notice("stopped") }
        defer { start.socket.unlink() }
        try await run(start, life) { extending.end() }
        logger.notice("stopped")
    }

    /// What one process has of everything, whatever state its frontier is in.
    private struct Life {
        let clock: SystemClock
        let pool: WorkerPool
        let fatal: FatalEnd
        let stops: StopSignals
        let facts: DaemonControl.Facts
    }

    /// What a crawl begins with.
    private struct Start {
        let state: OpenedState
        let socket: ControlSocket
        /// What was read again before the crawl began; nil = nothing was.
        var reloaded: Config?
    }

    /// Opens the state; on a full disk only when there is room. nil = it was told to stop before.
    private func begin(_ life: Life, _ inherited: ControlSocket?) async throws(ServiceFailure) -> Start? {
        let opening = StateOpening(
            config: config, clock: life.clock, notify: notify, fatal: life.fatal, logger: logger)
        let full: ServiceFailure
        do throws(ServiceFailure) {
            return Start(state: try opening.open(), socket: try openSocket(unless: inherited))
        } catch {
            guard error.isForWantOfRoom else { throw error }
            full = error
        }
        let socket = try openSocket(unless: inherited)
        do throws(ServiceFailure) {
            let control = RoomlessControl(reason: full.message, facts: life.facts, clock: life.clock)
            let reloaded = Mutex<Config?>(nil)
            let wait = RoomWait(
                opening: opening, control: control, clock: life.clock, notify: notify, logger: logger)
            let state = try await wait.run(
                socket, reload: reloading { config in reloaded.withLock { $0 = config } }, stops: life.stops)
            guard let state else {
                socket.unlink()
                return nil
            }
            if let wish = control.pauseWish { try Self.store { try state.store.setPaused(wish) } }
            return Start(state: state, socket: socket, reloaded: reloaded.withLock { $0 })
        } catch {
            socket.unlink()
            throw error
        }
    }

    private func run(_ start: Start, _ life: Life, onReady: @escaping @Sendable () -> Void) async throws(ServiceFailure)
    {
        let (state, socket) = (start.state, start.socket)
        let (clock, pool, fatal, store) = (life.clock, life.pool, life.fatal, start.state.store)
        defer { withExtendedLifetime(state) {} }  // its lock is ours to the end
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
        let guards = AddressGuard(allowing: config.fetchLimits.allowAddresses)
        settings.allowsAddress = { guards.allows($0) }
        settings.sitemapFolder = state.folder.sitemapPath
        settings.classifier = OutcomeClassifier(directEquivalents: config.health.directEquivalents)
        let sitemaps = SitemapRunner(
            store: store, writer: writer, folder: state.sitemaps, clock: clock,
            canonicalize: entries(Canonicalizer.canonicalize), logger: logger)
        try Self.store { try sitemaps.recover() }
        let trouble = ArchiveAlert(
            folder: config.output.warc.folder, store: store, writer: writer, clock: clock, logger: logger,
            onTold: { alerts.wake() })
        let archivist = try openArchive(store, clock, trouble)
        if let archivist { pool.record(with: archivist.recorder) }
        let resolver = config.resolver(clock: clock, logger: logger)
        if resolver == nil {
            logger.notice("names are looked up by libcurl (dns.resolver: system)")
        }
        let reports = clock.lane("crawld.service.unstored")  // names are read from the frontier
        let bell = ResultBell()
        let loop = CrawlLoop(
            writer: writer, fetcher: fetcher(pool), clock: clock, settings: settings, resolver: resolver,
            inFlightFile: state.inFlight, archivist: archivist,
            onIncident: { alerts.wake() },
            onSitemaps: { sitemaps.wake($0) },
            onTrouble: { [logger] error in
                if case FrontierError.replaced = error { return }  // the store has told of it
                if let failure = error as? ArchiveFailure { return failure.log(to: logger) }
                let isFull = (error as? FrontierError)?.isFull ?? false
                logger.error(
                    isFull
                        ? "storage-full: the disk is full; nothing is fetched until it has room"
                        : "the frontier failed; nothing is fetched until it works again",
                    metadata: ["error": "\(error)"])
                guard case FrontierError.unusable = error else { return }
                fatal.end(ServiceFailure(.databaseUnusable, "\(error)"))
            },
            onUnstored: { [logger] unstored in
                reports.async { logger.warning("a change could not be stored", metadata: unstored.metadata(store)) }
            },
            onLocalLimit: { [logger] in $0.log(to: logger) },
            onRoom: { [logger] since in
                logger.notice("the disk has room again: fetching goes on", metadata: ["full_since": "\(since.text)"])
            },
            onArchive: { failure in
                if let failure { trouble.failed(failure) } else { trouble.works() }
            },
            onResults: { bell.ring($0) },
            fault: { StorageFault($0) },
            hasRoom: { !DiskRoom.isLacking(beside: store.path) && !(archivist?.room.isLacking ?? false) })
        let control = DaemonControl(
            store: store, writer: writer, loop: loop, clock: clock, facts: life.facts,
            workers: { pool.health }, resolver: resolver, bell: bell, pages: contentRule(archivist),
            onIncident: {
                alerts.wake()
                sitemaps.wake()
            })
        let stuck = StuckWorkers(
            pool: pool, loop: loop, store: store, file: state.inFlight, clock: clock, reports: reports, logs: logs,
            logger: logger)
        pool.whenStuck { stuck.note($0, fatal) }
        pool.whenNoneApart { [logger] error in
            logger.warning(
                "there is no room for the worker of origins that are asked apart; until there is, the usual ones ask them",
                metadata: ["error": "\(error)"])
        }
        // It holds the pool, and the pool it.
        defer { pool.whenStuck { _ in } }
        defer { resolver?.stop() }
        try await begin(loop)
        let apply: @Sendable (Config) -> Void = { config in
            loop.apply(config)
            alerts.adopt(config.schedulerRules.health)
        }
        if let reloaded = start.reloaded { apply(reloaded) }
        let lag = LagWatch(
            clock: clock, logger: logger,
            tell: { [writer] now, done in writer.perform({ _ in try store.tellOfLag(now: now) }, then: done) },
            onTold: { alerts.wake() })
        let server = ControlServer(
            control: control, socket: socket, canonicalize: Canonicalizer.canonicalize, clock: clock, logger: logger,
            onRunning: { [logger, notify] in
                onReady()
                logger.notice(
                    "ready", metadata: ["version": "\(Version.current)", "socket": "\(socket.path ?? "inherited")"])
                notify.tell(.ready)
            })
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [  // stopped from the last to the first: the loop leases nothing while the others end
                    Watchdog(loop: loop, writer: writer, pool: pool, clock: clock, notify: notify),
                    AlertRunner(dispatcher: alerts, loop: loop, clock: clock),
                    LagRunner(watch: lag),
                    server,
                    reloading(apply),
                    StatusTeller(
                        loop: loop, openIncidents: { try? store.openIncidentCount() }, clock: clock,
                        tell: { [notify] in notify.tell(.status($0)) }),
                    CrawlRunner(loop: loop, pool: pool, clock: clock, notify: notify, logger: logger),
                    SitemapService(runner: sitemaps, loop: loop),
                ],
                logger: Logger(label: "crawld.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        await life.stops.attach(services)
        fatal.attach(services)
        if let failure = fatal.failure { throw failure }
        var failure: ServiceFailure?
        do {
            try await services.run()
        } catch {
            failure = error as? ServiceFailure ?? ServiceFailure(.io, "\(error)")
        }
        await close(archivist)
        // Damage that only a request of the control socket met ended nothing until now.
        failure = fatal.failure ?? failure ?? store.fault.map { ServiceFailure(storage: $0) }
        if case .replaced = store.fault { store.saveLog() }
        await stuck.leaveIfAny(socket, failure)
        if let failure { throw failure }
    }

    private func contentRule(_ archivist: Archivist?) -> ContentRule {
        ContentRule(maxBody: config.fetch.maxBody, isArchiving: archivist != nil) { store, url in
            try store.archivedPage(url).map { ArchivedPlace(folder: $0.folder, place: $0.place) }
        }
    }

    /// nil = pages are not kept.
    private func openArchive(
        _ store: FrontierStore, _ clock: any Clock, _ alert: ArchiveAlert
    ) throws(ServiceFailure) -> Archivist? {
        guard let settings = config.archiveSettings(host: ProcessInfo.processInfo.hostName) else {
            alert.opened(lost: [], urlsAffected: 0)
            return nil
        }
        return try ArchiveOpening(
            settings: settings, store: config.output.warc.store, revisitMaxAge: config.output.warc.revisitMaxAge,
            frontier: store, clock: clock, alert: alert, logger: logger
        ).open()
    }

    /// Its file gets its final name. If it does not, the next start gives it that.
    private func close(_ archivist: Archivist?) async {
        do {
            try await archivist?.close()
        } catch {
            logger.warning("the archive's last file was not closed", metadata: ["error": "\(error)"])
        }
    }

    private func inheritedSocket() throws(ServiceFailure) -> ControlSocket? {
        do {
            return try notify.inheritedSocket().map { try ControlSocket.inherited($0) }
        } catch {
            throw ServiceFailure(.cannotCreate, "the socket that was passed in: \(error)")
        }
    }

    private func openSocket(unless inherited: ControlSocket?) throws(ServiceFailure) -> ControlSocket {
        if let inherited { return inherited }
        do {
            return try ControlSocket.open(
                path: config.control.socket, mode: config.control.mode, group: config.control.group)
        } catch {
            throw ServiceFailure(socket: error)
        }
    }

    private func reloading(_ apply: @escaping @Sendable (Config) -> Void) -> ReloadOnHangup {
        ReloadOnHangup(source: source, started: config, logs: logs, notify: notify, logger: logger, apply: apply)
    }

    private static func store<T>(_ work: () throws -> T) throws(ServiceFailure) -> T {
        do {
            return try work()
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    private func begin(_ loop: CrawlLoop) async throws(ServiceFailure) {
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
