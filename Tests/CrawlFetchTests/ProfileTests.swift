import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// A request in a profile arrives as the profile says, and leaves nothing behind for those without one.
@Suite(.timeLimit(.minutes(1)))
struct ProfileTests {
    private static let browser: RequestProfile = {
        var profile = RequestProfile()
        profile.headers = [
            .init("User-Agent", "Mozilla/5.0 (X11)"), .init("Accept-Language", "en, de;q=0.5"), .init("Accept", ""),
        ]
        return profile
    }()

    private func harness(_ profiles: [RequestProfile], http2: Bool = true) throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        return FetchHarness {
            $0.caFile = caFile
            $0.http2 = http2
            $0.userAgent = "crawld/test"
            $0.profiles = profiles
        }
    }

    @Test func headersReplaceAddAndLeaveOut() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let harness = try harness([Self.browser])
        let dressed = FetchRoute(profile: 0)
        _ = await harness.fetch(origin.url("/0"))
        _ = await harness.fetch(origin.url("/1"), route: dressed)
        _ = await harness.fetch(origin.url("/2"), route: dressed, extra: FetchExtra(etag: "\"e\""))
        _ = await harness.fetch(origin.url("/3"), route: dressed)
        _ = await harness.fetch(origin.url("/4"))
        let requests = origin.requests
        #expect(
            requests.map { $0.header("user-agent") } == [
                "crawld/test", "Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)", "crawld/test",
            ])
        #expect(requests.map { $0.header("accept-language") != nil } == [false, true, true, true, false])
        #expect(requests.map { $0.header("accept") != nil } == [true, false, false, false, true])
        #expect(requests.map { $0.header("if-none-match") } == [nil, nil, "\"e\"", nil, nil])
        #expect(requests.allSatisfy { $0.header("host") == "127.0.0.1:\(origin.port)" })
        // Connections of a profile serve one request; ours is used again.
        #expect(requests.map(\.connection) == [1, 2, 3, 4, 1])
        await origin.stop()
    }

    @Test(
        "the HTTP version is the profile's, whatever ours is",
        arguments: [(RequestProfile.HTTP.http11, true), (.http2, false)])
    func version(http: RequestProfile.HTTP, http2: Bool) async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.onEverythingElse(.status(200))
        var profile = Self.browser
        profile.http = http
        let harness = try harness([profile], http2: http2)
        _ = await harness.fetch(origin.url("/0"))
        let result = await harness.fetch(origin.url("/1"), route: FetchRoute(profile: 0))
        _ = await harness.fetch(origin.url("/2"))
        #expect(origin.requests.map(\.isHTTP2) == [http2, !http2, http2])
        #expect(origin.requests.map(\.connection) == [1, 2, 1])
        #expect(result.route == FetchRoute(profile: 0))
        await origin.stop()
    }

    @Test("no request of a profile uses the connection of another, not even while that one is under way")
    func ownConnections() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.onEverythingElse(.status(200))
        origin.on("/slow", .http2(.unknownFrames(count: 1, times: 1, everyMs: 1)))
        let harness = try harness([.http2])
        let dressed = FetchRoute(profile: 0)
        let slow = harness.begin([origin.url("/slow")], route: dressed)
        await origin.wait(1, for: "/slow")
        for path in ["/a", "/b"] {
            #expect(await harness.fetch(origin.url(path), route: dressed).status == 200)
        }
        #expect(origin.requests.map(\.connection) == [1, 2, 3])
        harness.pool.cancelAll()
        #expect(await harness.results(slow, count: 1).allSatisfy { $0.flags.contains(.cancelled) })
        await origin.stop()
    }

    @Test func aPinnedHTTP2IsNotTriedOtherwise() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .http2(.resetStream))
        let result = try await harness([.http2]).fetch(origin.url("/x"), route: FetchRoute(profile: 0))
        #expect(origin.requests.count == 1)
        #expect(result.requests == 1 && result.curlCode == 92)
        await origin.stop()
    }

    @Test func tlsOptionsAreTaken() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        origin.onEverythingElse(.status(200))
        var good = RequestProfile()
        good.tlsCiphers = "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
        good.tlsCurves = "P-256:X25519"
        var unknown = RequestProfile()
        unknown.tlsCurves = "no-such-curve"
        let harness = try harness([good, unknown])
        #expect(await harness.fetch(origin.url("/"), route: FetchRoute(profile: 0)).status == 200)
        // libcurl will not have it: ours, never the server's.
        let refused = await harness.fetch(origin.url("/"), route: FetchRoute(profile: 1))
        #expect(refused.curlCode != 0)
        #expect(OutcomeClassifier().classify(refused).outcome == .inconclusive)
        #expect(await harness.fetch(origin.url("/")).status == 200)
        await origin.stop()
    }

    @Test func aProfileThatIsNotThereIsOurs() async throws {
        let result = try await harness([]).fetch("http://127.0.0.1:9/", route: FetchRoute(profile: 0))
        #expect(result.curlCode == 2)
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive)
    }

    @Test func headersCountInTheSizeOfTheRequest() async throws {
        let origin = try await MisbehavingOrigin.start()
        var profile = RequestProfile()
        profile.headers = (0..<5).map { .init("x-\($0)", String(repeating: "a", count: 4000)) }
        let result = try await harness([profile]).fetch(origin.url("/"), route: FetchRoute(profile: 0))
        #expect(result.flags.contains(.requestTooLarge))
        #expect(origin.requests.isEmpty)
        await origin.stop()
    }
}
