import CrawlCore
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP reads the configuration again. A faulty file is refused whole, logged, and the old one stays.
struct ReloadOnHangup: ServiceLifecycle.Service {
    let source: ConfigSource
    let loop: CrawlLoop
    let logs: LogSink
    let notify: SystemdNotify
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }

    private func reload() {
        notify.tellReloading()
        defer { notify.tell(.ready) }
        do {
            let config = try source.load()
            loop.apply(
                config.schedulerRules, OutcomeClassifier(directEquivalents: config.health.directEquivalents),
                config.refusalPolicy)
            logs.setLevel(config.log.level)
            logger.notice(
                "configuration read again: politeness, budget, robots, recrawl, storm, log.level and health but resolve_hold are in force; the rest takes a restart"
            )
        } catch {
            logger.error("configuration refused, the old one stays", metadata: ["faults": "\(error)"])
        }
    }
}
