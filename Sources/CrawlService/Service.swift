/// STAND-IN for the composition root, so that the argument shell has something to call.
package struct Service: Sendable {
    package init(config: Config, source: ConfigSource, notify: SystemdNotify, logs: LogSink) {}

    package func run() async throws(ServiceFailure) {}
}
