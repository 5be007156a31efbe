import ControlAPI
import CrawlCore
package import CrawlFrontier
package import Logging

/// Runs the configured program for an alert: JSON and a line break on its standard input, exit 0 = delivered. What it
/// prints goes to the log.
package struct ExecAlertSink: AlertSink {
    package static let sinkName = "exec"

    package let name = Self.sinkName
    private let arguments: [String]
    private let timeout: Duration
    private let runner: HookRunner
    private let logger: Logger

    /// `arguments`: the program's absolute path, then its arguments; no shell. After `timeout` its process group is
    /// killed.
    package init(arguments: [String], timeout: Duration, runner: HookRunner, logger: Logger) {
        self.arguments = arguments
        self.timeout = timeout
        self.runner = runner
        self.logger = logger
    }

    package func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
        let input: [UInt8]
        do {
            input = try AlertMessages.json(alert) + [UInt8(ascii: "\n")]
        } catch {
            return done(.failed("no JSON: \(error)"))
        }
        let hook = Hook(
            arguments: arguments, environment: Self.environment(alert.facts), input: input, timeout: timeout)
        runner.run(hook) { [logger, timeout, program = arguments.first ?? ""] result in
            let delivery = Self.delivery(result.ending, program: program, timeout: timeout)
            if !result.output.isEmpty {
                var text = String(decoding: result.output, as: UTF8.self)
                if text.hasSuffix("\n") { text.removeLast() }
                logger.log(
                    level: delivery == .delivered ? .info : .warning, "hook output",
                    metadata: [
                        "alert": "\(alert.id)", "incident": "\(alert.facts.incident)", "output": "\(text)",
                        "cut": .stringConvertible(result.isCut),
                    ])
            }
            done(delivery)
        }
    }

    package func stop() { runner.stop() }
    package func kill() { runner.kill() }

    /// Beside PATH and LANG, which the runner adds. What an incident is not about is empty.
    private static func environment(_ facts: AlertFacts) -> [(name: String, value: String)] {
        [
            ("CRAWLD_EVENT", facts.event.rawValue), ("CRAWLD_INCIDENT", facts.incident),
            ("CRAWLD_URL", facts.url ?? ""),
            ("CRAWLD_ORIGIN", facts.origin ?? ""), ("CRAWLD_CAUSE", facts.cause),
        ]
    }

    private static func delivery(_ ending: HookResult.Ending, program: String, timeout: Duration) -> AlertDelivery {
        switch ending {
        case .exited(0): .delivered
        case .exited(let code): .failed("exit \(code)")
        case .signalled(let number): .failed(SignalText.text(number, isSandboxed: SignalText.isSandboxed))
        case .timedOut: .failed("timed out after \(DurationText.text(timeout))")
        case .notStarted(let reason): .failed("cannot run \(program): \(reason)")
        case .abandoned: .abandoned
        }
    }
}
