import CrawlCore
import CrawlTesting
import Dispatch
import Testing

@testable import CrawlFetch

/// Several names at one address, whose connections libcurl keeps in one bundle, as requests are told where to go.
@Suite(.timeLimit(.minutes(1)))
struct SharedAddressTests {
    private static let address = NextAddressTests.address("127.0.0.1")

    private static func harness(_ change: (inout FetchLimits) -> Void = { _ in }) throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        return FetchHarness {
            $0.caFile = caFile
            change(&$0)
        }
    }

    private static func url(_ name: String, _ origin: MisbehavingOrigin, _ path: String = "/") -> String {
        "https://\(name).\(TestCertificates.domain):\(origin.port)\(path)"
    }

    @Test("a handshake that hangs keeps no other name of its address waiting")
    func silentHandshake() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good), onAccept: .hang)
        origin.onEverythingElse(.status(200, text: "x"))
        let harness = try Self.harness()
        let silent = harness.begin([Self.url("silent", origin)], sendsTo: Destinations(Self.address))
        #expect(await eventually { origin.connectionCount == 1 })
        origin.onAccept(.serve)
        for _ in 1...2 {
            let result = await harness.fetch(Self.url("other", origin), sendsTo: Destinations(Self.address))
            #expect(result.status == 200)
        }
        #expect(!harness.has(silent))
        harness.pool.cancelAll()
        await origin.stop()
    }

    @Test("what waits for another request's connection, which fails, gets one of its own")
    func ownConnection() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good), onAccept: .hang)
        origin.onEverythingElse(.status(200, text: "x"))
        let harness = try Self.harness {
            $0.sharesConnections = true
            $0.connectTimeout = .seconds(1)
        }
        let first = harness.begin([Self.url("a", origin, "/1")], sendsTo: Destinations(Self.address))
        #expect(await eventually { origin.connectionCount == 1 })
        origin.onAccept(.serve)
        let second = await harness.fetch(Self.url("a", origin, "/2"), sendsTo: Destinations(Self.address))
        #expect(harness.has(first), "it waited for the first")
        #expect(second.status == 200)
        #expect(OutcomeClassifier().classify(await harness.results(first, count: 1)[0]).outcome == .tlsHandshake)
        await origin.stop()
    }

    private func idle(_ harness: FetchHarness) throws -> Int {
        let worker = try #require(harness.pool.all.first)
        return worker.queue.sync { worker.commons.connections.idle }
    }

    @Test("of many names at an address few connections are kept; of one name as many as it had")
    func keepsFew() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200, text: "x"))
        let (many, one) = (try Self.harness(), try Self.harness())
        for group in 0..<25 {
            let names = (0..<4).map { "http://n\(4 * group + $0).example:\(origin.port)/" }
            let first = many.begin(
                names, origins: 4, sendsTo: Destinations(Self.address), firstOrigin: Int64(4 * group))
            #expect(await many.results(first, count: 4).allSatisfy { $0.status == 200 })
        }
        #expect(try idle(many) >= WireConnections.mostOfOthers)
        #expect(try idle(many) < WireConnections.mostOfOthers + 4, "beside those in flight")

        origin.on(
            "/held",
            .paced(
                head: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", piece: [120], pieces: 1, times: 2, everyMs: 200))
        let together = one.begin(
            (0..<60).map { _ in "http://one.example:\(origin.port)/held" }, sendsTo: Destinations(Self.address))
        await origin.wait(60, for: "/held")
        #expect(await one.results(together, count: 60).allSatisfy { $0.status == 200 })
        #expect(try idle(one) == 60)
        await origin.stop()
    }

    @Test("an HTTP/1.1 name and an HTTP/2 name: no two requests are open on one HTTP/1.1 connection")
    func twoVersions() async throws {
        let old = "old.\(TestCertificates.domain)"
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good, butNotFor: [old]))
        origin.on("/held", .silence)
        origin.on("/page", .status(200, text: "x"))
        let harness = try Self.harness { $0.sharesConnections = true }
        let held = harness.begin(
            (1...4).map { _ in Self.url("old", origin, "/held") }, sendsTo: Destinations(Self.address))
        let pages = harness.begin(
            (1...4).map { _ in Self.url("new", origin, "/page") }, sendsTo: Destinations(Self.address))
        let results = await harness.results(pages, count: 4)
        #expect(results.allSatisfy { $0.status == 200 && $0.httpVersion == .http2 })
        await origin.wait(4, for: "/held")
        let open = origin.requests(for: "/held")
        #expect(open.allSatisfy { !$0.isHTTP2 && $0.header("host") == "\(old):\(origin.port)" })
        #expect(Set(open.map(\.connection)).count == 4)
        #expect(Set(open.map(\.connection)).isDisjoint(with: origin.requests(for: "/page").map(\.connection)))
        #expect(!harness.has(held))
        harness.pool.cancelAll()
        await origin.stop()
    }
}
