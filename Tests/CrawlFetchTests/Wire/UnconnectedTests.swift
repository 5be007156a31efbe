import CrawlTesting
import Dispatch
import Testing

@testable import CrawlCore
@testable import CrawlFetch
@testable import CurlKit

/// Sockets that libcurl closes while they are connecting, without telling us, leave nothing behind.
@Suite(.timeLimit(.minutes(1)))
struct UnconnectedTests {
    /// What the one worker still counts: sockets in its book, connections, and those of them that are idle.
    private func counts(_ harness: FetchHarness) throws -> [Int] {
        let worker = try #require(harness.pool.all.first)
        return worker.queue.sync {
            let connections = worker.commons.connections
            return [connections.book.count, connections.all.count, connections.idle]
        }
    }

    @Test("the time to connect is over, or the request is cancelled", arguments: [false, true])
    func timeOuts(isCancelled: Bool) async throws {
        let full = try #require(FullBacklog())
        let harness = FetchHarness { $0.connectTimeout = isCancelled ? .seconds(30) : .milliseconds(200) }
        let urls = (0..<5).map { "http://127.0.0.1:\(full.port)/\($0)" }
        let first = harness.begin(urls, origins: 5)
        let worker = try #require(harness.pool.all.first)
        while try counts(harness)[0] < 5, !harness.has(first) { await Task.yield() }
        if isCancelled { worker.cancelAll() }
        let results = await harness.results(first, count: urls.count)
        #expect(results.allSatisfy { !$0.flags.contains(.connected) })
        #expect(try counts(harness) == [0, 0, 0])
    }

    @Test("the other address was faster")
    func lostRace() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let port = try #require(origin.url("/").split(separator: ":").last?.split(separator: "/").first)
        // Where there is no IPv6 there is no race.
        guard let full = FullBacklog(address: "::1", port: try #require(UInt16(port))) else { return }
        let harness = FetchHarness { $0.allowAddresses += [IPNetwork("::1/128")].compactMap { $0 } }
        for n in 0..<3 {
            let result = await harness.fetch("http://localhost:\(port)/\(n)", isLastOfOrigin: true)
            #expect(result.status == 200)
        }
        #expect(try counts(harness) == [0, 0, 0])
        withExtendedLifetime(full) {}
        await origin.stop()
    }

    @Test("what is kept for later is counted once, and given back")
    func kept() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        origin.onEverythingElse(.status(200))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness { $0.caFile = caFile }
        for n in 0..<2 {
            #expect(await harness.fetch(origin.url("/\(n)")).status == 200)
            #expect(try counts(harness) == [1, 1, 1])
        }
        #expect(await harness.fetch(origin.url("/last"), isLastOfOrigin: true).status == 200)
        harness.pool.dropIdle()
        #expect(try counts(harness)[2] <= 1)
        await origin.stop()
    }
}
