import CrawlCore
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP reads the configuration again. A faulty file is refused whole, logged, and the old one stays.
struct ReloadOnHangup: ServiceLifecycle.Service {
    let source: ConfigSource
    /// What the daemon was started with: what needs a restart is still as it says.
    let started: Config
    let logs: LogSink
    let notify: SystemdNotify
    let logger: Logger
    /// Puts in force what can be without a restart, but for the log's level.
    let apply: @Sendable (Config) -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }

    private func reload() {
        notify.tellReloading()
        defer { notify.tell(.ready) }
        do {
            let config = try source.load()
            apply(config)
            logs.setLevel(config.log.level)
            let change = ConfigChange(from: started, to: config)
            logger.notice(
                "configuration read again: \(change.text)",
                metadata: ["in_force": Self.list(change.inForce), "restart": Self.list(change.restart)])
        } catch {
            logger.error("configuration refused, the old one stays", metadata: ["faults": "\(error)"])
        }
    }

    private static func list(_ keys: [String]) -> Logger.MetadataValue {
        keys.isEmpty ? "none" : "\(keys.joined(separator: ", "))"
    }
}

extension CrawlLoop {
    /// What of a configuration needs no restart.
    func apply(_ config: Config) {
        apply(
            config.schedulerRules, OutcomeClassifier(directEquivalents: config.health.directEquivalents),
            config.refusalPolicy)
    }
}
