import CrawlCore
import CrawlFetch
import CrawlFrontier
import Logging
import ServiceLifecycle
import Synchronization

/// The alert dispatcher as a part of the service group, with the sinks that the configuration names.
struct AlertRunner: ServiceLifecycle.Service {
    /// How long running hooks are waited for at a stop.
    static let stopDeadline = Duration.seconds(5)
    /// On a full disk what they end with cannot be stored: it is sent again after the next start.
    static let fullDeadline = Duration.seconds(1)

    let dispatcher: AlertDispatcher
    let loop: CrawlLoop
    let clock: any Clock

    func run() async throws {
        dispatcher.wake()
        try? await gracefulShutdown()
        let isFull = loop.isFull.load(ordering: .relaxed)
        await dispatcher.stop(deadline: clock.now() + (isFull ? Self.fullDeadline : Self.stopDeadline))
    }

    static func dispatcher(
        _ config: Config, store: FrontierStore, writer: FrontierWriter, clock: any Clock, logs: LogSink,
        logger: Logger
    ) -> AlertDispatcher {
        var sinks: [any AlertSink] = [LogAlertSink(log: logs)]
        let alerts = config.alerts
        if !alerts.exec.isEmpty {
            sinks.append(
                ExecAlertSink(
                    arguments: alerts.exec, timeout: alerts.execTimeout, runner: HookRunner(), logger: logger))
        }
        if !alerts.webhook.isEmpty {
            let limits = config.fetchLimits
            sinks.append(WebhookAlertSink(url: alerts.webhook, userAgent: limits.userAgent, caFile: limits.caFile))
        }
        return AlertDispatcher(
            outbox: store, sinks: sinks, clock: clock, logger: logger, reminder: alerts.reminder,
            rules: config.schedulerRules.health, giveUpAfter: alerts.giveUpAfter
        ) { work, done in
            writer.perform({ _ in try work() }, then: done)
        }
    }
}
