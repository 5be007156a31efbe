import CrawlCore
import CrawlFrontier
import Logging

/// What lies in the state directory, opened by this process and by no other.
struct OpenedState: Sendable {
    /// Its lock is ours as long as this lives.
    let folder: StateDirectory
    let store: FrontierStore
    let sitemaps: SitemapFolder
    /// nil = what is in flight cannot be written down.
    let inFlight: InFlightFile?
}

/// Opens it. Nothing is left open by what throws, so that it can be tried again.
struct StateOpening: Sendable {
    let config: Config
    let clock: any Clock
    let notify: SystemdNotify
    let fatal: FatalEnd
    let logger: Logger

    /// Blocks; a database of an earlier format takes minutes.
    func open() throws(ServiceFailure) -> OpenedState {
        let folder = try StateDirectory(path: config.daemon.stateDirectory)
        let store = try openStore(folder.frontierPath)
        try repair(store)
        try hastenRechecks(of: store)
        let sitemaps = try SitemapFolder(path: folder.sitemapPath)
        let inFlight = try InFlightOpening(store: store, logger: logger)
            .open(folder.inFlightPath, inFlight: config.fetch.maxInFlight, now: clock.now())
        return OpenedState(folder: folder, store: store, sitemaps: sitemaps, inFlight: inFlight)
    }

    private func openStore(_ path: String) throws(ServiceFailure) -> FrontierStore {
        var options = config.storeOptions
        options.onFault = { [logger, fatal] fault in
            guard case .replaced = fault else {
                return logger.error(
                    "the frontier is damaged: what does not lie on that page is still crawled and served",
                    metadata: ["error": "\(fault)"])
            }
            logger.error("the frontier is not where it was opened; crawld ends", metadata: ["error": "\(fault)"])
            fatal.end(ServiceFailure(storage: fault))
        }
        options.onMigration = { [logger, notify] in
            logger.notice("the database is brought up to date; this may take minutes")
            notify.tell(.status("starting: migrating the database"))
        }
        options.onFill = { [logger] fill in
            guard fill.isDone || fill.rows % Self.rowsTold == 0 else { return }
            logger.notice(
                "the frontier is brought up to date",
                metadata: ["rows": .stringConvertible(fill.rows), "done": .stringConvertible(fill.isDone)])
        }
        do {
            let store = try FrontierStore(path: path, options: options)
            try store.tryCommit()
            return store
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    /// Rows that do not fit together, by whatever hand, would hold URLs for ever or keep an incident open.
    private func repair(_ store: FrontierStore) throws(ServiceFailure) {
        do {
            let repair = try store.repair(now: clock.now())
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

    /// Marks of an earlier version are looked at by the rule of now.
    private func hastenRechecks(of store: FrontierStore) throws(ServiceFailure) {
        do {
            let marks = try store.hastenRechecks(config.schedulerRules.health, now: clock.now())
            guard marks > 0 else { return }
            logger.notice(
                "what is broken is looked at in step with its age now", metadata: ["marks": .stringConvertible(marks)])
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    private static let repairsTold = 50
    /// A line for so many of the rows of a frontier that is brought up to date.
    private static let rowsTold: Int64 = 2_000_000
}
