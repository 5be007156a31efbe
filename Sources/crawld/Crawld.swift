import ArgumentParser
import CrawlService
import Dispatch
import Foundation

@main
struct Crawld: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crawld",
        abstract: "Fetches URLs when they are due, and says so when a site is broken.",
        discussion: """
            Runs in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again. URLs are handed in \
            with crawlctl or curl at the control socket.

            EXAMPLES
              crawld --check-config                 every fault of the file at once
              crawld --config config/local.yaml     a daemon of your own
              crawld --state-dir /srv/crawl --log-level debug --log-format text

            ENVIRONMENT
              STATE_DIRECTORY   replaces the default of daemon.state_dir
              LISTEN_FDS        the control socket, when systemd opened it
              CRAWLD_BOOT_ID    names the machine's present run, where /proc does not

            EXIT CODES
              0  stopped cleanly          73  cannot create the socket or the state
              64 usage                    74  reading or writing failed
              65 the database is not      75  another instance holds the state
                 ours, corrupt, replaced      directory or the socket
              70 a defect of crawld       78  configuration
            """,
        version: "crawld \(Version.current)")

    @Option(
        help: ArgumentHelp(
            "Configuration file. (default: \(Config.defaultPath) if it exists, else the built-in values)",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: ArgumentHelp("Holds the database; over daemon.state_dir.", valueName: "dir"), completion: .directory)
    var stateDir: String?

    @Option(help: ArgumentHelp("Control socket; over control.socket.", valueName: "path"), completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("Least severe level that is logged; over log.level.", valueName: "level"))
    var logLevel: LogConfig.Level?

    @Option(help: ArgumentHelp("Form of the log; over log.format.", valueName: "format"))
    var logFormat: LogConfig.Format?

    @Flag(help: "Print every fault of the configuration and exit: 0 if there is none, else 78.")
    var checkConfig = false

    var source: ConfigSource {
        var source = ConfigSource()
        source.file = config
        source.stateDirectory = stateDir
        source.socket = socket
        source.logLevel = logLevel
        source.logFormat = logFormat
        source.inheritedStateDirectory = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]
        return source
    }

    func run() throws {
        let config: Config
        do {
            config = try source.load()
        } catch {
            Self.complain("\(error)\n")
            throw ExitCode(ServiceFailure.Reason.configuration.rawValue)
        }
        if checkConfig { return print("\(source.name): no faults") }
        // Not as the program's own asynchronous `main`, nor awaited by it: that runs with a priority above the default, and so
        // would all that it starts. The kernel gives such threads to root only; Dispatch would log each that it refuses.
        Task.detached(priority: .medium) { [self] in Foundation.exit(await serve(config)) }
        dispatchMain()
    }

    /// Returns the exit code.
    private func serve(_ config: Config) async -> Int32 {
        do throws(ServiceFailure) {
            try await start(config)
            return ExitCode.success.rawValue
        } catch {
            Self.complain("crawld: \(error.message)\n")
            return error.exitCode
        }
    }

    private func start(_ config: Config) async throws(ServiceFailure) {
        // A client that goes away must not take the daemon with it.
        signal(SIGPIPE, SIG_IGN)
        let logs = LogSink(config.log)
        logs.bootstrap()
        defer { logs.flush() }
        try await Service(config: config, source: source, notify: SystemdNotify(), logs: logs).run()
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

extension LogConfig.Level: ExpressibleByArgument {}
extension LogConfig.Format: ExpressibleByArgument {}
