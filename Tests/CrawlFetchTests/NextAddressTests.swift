import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlFetch

/// A request that is told where to go: the name stays in its Host header, and an address that cannot be connected to is
/// followed by the next.
struct NextAddressTests {
    static func address(_ text: String) -> IPAddress { IPAddress(text.utf8) ?? IPAddress(v4: 0) }

    @Test("the next address is taken where the first refuses; Host and answer are the name's")
    func next() async throws {
        let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
        origin.on("/x", .status(200, text: "from the second"))
        let harness = FetchHarness()
        let result = await harness.fetch(
            "http://www.example:\(origin.port)/x",
            sendsTo: Destinations(Self.address("127.0.0.3"), Self.address("127.0.0.2")))
        #expect(result.status == 200)
        #expect(result.curlCode == 0)
        #expect(result.failedAddresses == 1)
        #expect(result.remoteAddress == Self.address("127.0.0.2"))
        #expect(origin.requests(for: "/x").first?.header("host") == "www.example:\(origin.port)")
        await origin.stop()
    }

    @Test("that it goes on is told while it is under way, once for each address that failed")
    func told() async throws {
        let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
        origin.on("/held", .silence)
        let harness = FetchHarness()
        let ticket = harness.begin(
            ["http://www.example:\(origin.port)/held"],
            sendsTo: Destinations(
                Self.address("127.0.0.3"), Self.address("127.0.0.4"), Self.address("127.0.0.2")))
        await origin.wait(1, for: "/held")
        #expect(await eventually { harness.moves(ticket).count == 2 })
        #expect(!harness.has(ticket))
        harness.pool.cancelAll()
        let result = await harness.results(ticket, count: 1)[0]
        #expect(result.flags.contains(.cancelled))
        #expect(result.failedAddresses == 2)
        #expect(harness.moves(ticket) == [1, 2])
        await origin.stop()
    }

    @Test("where none can be connected to, it ends as the first did, and all are told")
    func none() async throws {
        let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
        let result = await FetchHarness().fetch(
            "http://www.example:\(origin.port)/x",
            sendsTo: Destinations(
                Self.address("127.0.0.3"), Self.address("127.0.0.4"), Self.address("127.0.0.5")))
        #expect(result.curlCode == CurlCode.couldNotConnect)
        #expect(result.osErrno == 111)
        #expect(result.failedAddresses == 3)
        #expect(OutcomeClassifier().classify(result).outcome == .originDown)
        #expect(origin.connectionCount == 0)
        await origin.stop()
    }

    @Test("a first address without a way there is no news where the second refuses")
    func noRoute() async throws {
        let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
        let harness = FetchHarness {
            // TCP has no way to a group of hosts on any machine: connect(2) says so before anything is sent.
            $0.allowAddresses = ["127.0.0.0/8", "224.0.0.0/4"].compactMap { IPNetwork($0) }
        }
        let result = await harness.fetch(
            "http://www.example:\(origin.port)/x",
            sendsTo: Destinations(Self.address("224.0.0.1"), Self.address("127.0.0.3")))
        #expect(result.failedAddresses == 2)
        #expect(result.osErrno == 111, "what a host says goes before")
        await origin.stop()
    }

    @Test(
        "an answer from the first leaves the others alone, and a handle goes on to another address with the next request"
    )
    func first() async throws {
        let (one, two) = (
            try await MisbehavingOrigin.start(address: "127.0.0.2"),
            try await MisbehavingOrigin.start(address: "127.0.0.3")
        )
        for origin in [one, two] { origin.onEverythingElse(.status(200, text: "x")) }
        let harness = FetchHarness()
        for (origin, address) in [(one, "127.0.0.2"), (two, "127.0.0.3"), (one, "127.0.0.2")] {
            let result = await harness.fetch(
                "http://www.example:\(origin.port)/", sendsTo: Destinations(Self.address(address)))
            #expect(result.status == 200)
            #expect(result.remoteAddress == Self.address(address))
            #expect(result.failedAddresses == 0)
        }
        await one.stop()
        await two.stop()
    }
}
