import ControlAPI
import CrawlTesting
import Glibc
import Testing

/// A daemon on an island with a web server on port 80 of every address, and a name server.
struct IslandFixture {
    /// Stands for any public address.
    static let publicAddress = "93.184.216.34"

    let island: NetworkIsland
    let server: IslandServer
    let names: NameServer
    let home: DaemonHome

    /// `fetch`: keys of that section, each with a comma behind it.
    init(fetch: String = "", resolver: String = "c-ares") throws {
        island = try NetworkIsland()
        server = try IslandServer(on: island)
        names = try NameServer(on: island)
        home = try DaemonHome(
            "politeness: {crawl_delay: 0s}\ndns: {resolver: \(resolver)}\nfetch: {\(fetch) ipv6: on}\n")
    }

    func start(environment: [String: String] = [:]) async throws -> ChildProcess {
        try await island.start(home, nameServer: names, environment: environment)
    }

    /// Enqueues `urls` and returns the states of all the daemon then knows, once none of them waits.
    func states(after urls: [String]) async throws -> [String: String] {
        let answer = try await home.api.enqueue(urls)
        #expect(answer.rejected == 0, "\(answer.problems)")
        var records: [URLRecord] = []
        let isOver = try await eventually {
            records = try await home.api.records()
            return records.allSatisfy { $0.state != "scheduled" && $0.state != "in-flight" }
        }
        #expect(isOver, "\(records)")
        return Dictionary(uniqueKeysWithValues: records.map { ($0.url, $0.state) })
    }

    /// The addresses that were called.
    var called: Set<String> { Set(server.contacts.map(\.address)) }

    func end(_ daemon: ChildProcess) async {
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
    }
}
