import CrawlCore
import CrawlFrontier
import CurlKit
import Logging
import ServiceLifecycle

/// The alert dispatcher as a part of the service group, with the sinks that the configuration names.
struct AlertRunner: ServiceLifecycle.Service {
    /// How long running hooks are waited for at a stop.
    static let stopDeadline = Duration.seconds(5)

    let dispatcher: AlertDispatcher
    let clock: any Clock

    func run() async throws {
        dispatcher.wake()
        try? await gracefulShutdown()
        await dispatcher.stop(deadline: clock.now() + Self.stopDeadline)
    }

    static func dispatcher(
        _ config: AlertsConfig, store: FrontierStore, writer: FrontierWriter, clock: any Clock, logger: Logger
    ) -> AlertDispatcher {
        var sinks: [any AlertSink] = [LogAlertSink(logger: logger)]
        if !config.exec.isEmpty {
            sinks.append(
                ExecAlertSink(
                    arguments: config.exec, timeout: config.execTimeout, runner: HookRunner(), logger: logger))
        }
        if !config.webhook.isEmpty { sinks.append(WebhookAlertSink(url: config.webhook, post: post)) }
        return AlertDispatcher(outbox: store, sinks: sinks, clock: clock, logger: logger) { work, done in
            writer.perform({ _ in try work() }, then: done)
        }
    }

    /// The configuration names the URL, so the address guard does not apply.
    @Sendable private static func post(_ url: String, _ body: [UInt8]) throws -> Int {
        var options = EasyOptions()
        options.userAgent = "crawld/\(Version.current)"
        options.connectTimeoutMs = 10_000
        options.totalTimeoutMs = 30_000
        var request = CurlClient.Request(url: url)
        request.method = "POST"
        request.headers = ["Content-Type: application/json"]
        request.body = .bytes(body)
        return try CurlClient(options: options).send(request).response.status
    }
}
