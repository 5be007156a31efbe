import ArgumentParser
import CrawlCore
import CrawlService
import Glibc

/// crawld as it is, but that some answers are its end.
@main
struct TrapCrawld: AsyncParsableCommand {
    @Option var config: String?
    @Option var stateDir: String?
    @Option var socket: String?
    @Option var logFormat: LogConfig.Format?
    @Option(help: "A URL whose answer ends the process; may be given again.") var trapOn: [String] = []
    @Option(help: "An entry of a sitemap, as it is written there, whose reading ends the process.")
    var trapOnEntry: String?
    @Option(help: "How it does.") var by = Death.trap
    @Option(help: "A URL whose request keeps its worker as libcurl would; may be given again.") var hangOn: [String] =
        []
    @Option(help: "A URL whose request keeps the loop itself.") var hangLoopOn: String?
    @Flag(help: "A stop that has to end requests does not come to its end.") var hangAtStop = false

    func run() async throws {
        var source = ConfigSource()
        source.file = config
        source.stateDirectory = stateDir
        source.socket = socket
        source.logFormat = logFormat
        let loaded = try source.load()
        signal(SIGPIPE, SIG_IGN)
        let logs = LogSink(loaded.log)
        logs.bootstrap()
        defer { logs.flush() }
        let (deadly, death, entry) = (Set(trapOn), by, trapOnEntry.map { Array($0.utf8) })
        let (hanging, loopHanging, hangsAtStop) = (Set(hangOn), hangLoopOn, hangAtStop)
        try await Service(
            config: loaded, source: source, notify: SystemdNotify(), logs: logs,
            entries: { canonicalize in
                { bytes in
                    if let entry, bytes.elementsEqual(entry) { death.happen() }
                    return canonicalize(bytes)
                }
            },
            fetcher: {
                DeadlyFetcher(
                    workers: HangingFetcher(
                        workers: $0, hanging: hanging, loopHanging: loopHanging, hangsAtStop: hangsAtStop),
                    deadly: deadly,
                    death: death)
            }
        ).run()
    }
}

extension LogConfig.Format: ExpressibleByArgument {}
extension Death: ExpressibleByArgument {}
