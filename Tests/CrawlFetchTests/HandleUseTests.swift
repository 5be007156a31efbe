import CrawlCore
import CrawlFetch
import CrawlTesting
import CurlKit
import Testing

/// A libcurl that must not be given a handle twice is not; connections and TLS sessions are used again all the same.
@Suite(.timeLimit(.minutes(1)))
struct HandleUseTests {
    @Test(
        "which libcurl may use a handle again",
        arguments: [
            ("7.84.0", CurlVersion(7, 84, 0), HandleUse.once), ("7.88.1", CurlVersion(7, 88, 1), .once),
            ("8.0.1", CurlVersion(8, 0, 1), .once), ("8.1.0", CurlVersion(8, 1, 0), .often),
            ("8.14.1", CurlVersion(8, 14, 1), .often), ("9.0.0", CurlVersion(9, 0, 0), .often),
        ])
    func ofVersion(name: String, version: CurlVersion, use: HandleUse) {
        #expect(HandleUse(version) == use)
        #expect(version.description == name)
    }

    @Test func theRunningLibraryDecides() {
        #expect(CurlVersion.running >= CurlVersion(7, 84, 0))
        #expect(HandleUse.ofLibrary == HandleUse(.running))
        #expect(EasyOptions().use == .ofLibrary && FetchLimits().handleUse == .ofLibrary)
    }

    /// One after the other, so that a handle that may be used again is.
    private func tally(_ use: HandleUse, fetches: Int) async throws -> HandleTally {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let harness = FetchHarness { $0.handleUse = use }
        for i in 0..<fetches {
            #expect(await harness.fetch(origin.url("/\(i)")).status == 200)
        }
        // The connection is used again whatever becomes of the handles.
        #expect(Set(origin.requests.map(\.connection)) == [1])
        await origin.stop()
        return harness.pool.handleTally
    }

    @Test func eachTransferHasAHandleOfItsOwn() async throws {
        #expect(try await tally(.once, fetches: 20) == HandleTally(made: 20, transfers: 20))
    }

    @Test func oneHandleServesManyWhereItMay() async throws {
        #expect(try await tally(.often, fetches: 20) == HandleTally(made: 1, transfers: 20))
    }

    @Test(
        "the repeat over HTTP/1.1 is a transfer too",
        arguments: [(HandleUse.once, made: 3, status: Int32(200)), (.often, 1, 200)])
    func repeats(use: HandleUse, made: Int, status: Int32) async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .sequence([.http2(.resetStream), .status(200)]))
        origin.onEverythingElse(.status(200))
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            $0.handleUse = use
        }
        let result = await harness.fetch(origin.url("/x"), extra: FetchExtra(etag: "\"e\""))
        #expect(result.status == status && result.requests == 2)
        // What was asked with goes with the repeat, and not with the next.
        _ = await harness.fetch(origin.url("/y"))
        #expect(origin.requests.map { $0.header("if-none-match") } == ["\"e\"", "\"e\"", nil])
        #expect(origin.requests.map(\.isHTTP2) == [true, false, true])
        #expect(harness.pool.handleTally == HandleTally(made: made, transfers: 3))
        await origin.stop()
    }

    @Test func aHandleThatHasServedIsRefused() throws {
        var options = EasyOptions()
        options.connectTimeoutMs = 1000
        options.use = .once
        let once = try EasyHandle(options)
        // Nothing listens on port 9; what comes of the transfer does not matter.
        try once.prepare(url: "http://127.0.0.1:9/", keepsConnection: false, isApart: false, waitsForMultiplex: false)
        _ = try once.perform()
        #expect(!once.mayServe)
        #expect(throws: CurlError.self) { try once.perform() }
        options.use = .often
        let often = try EasyHandle(options)
        try often.prepare(url: "http://127.0.0.1:9/", keepsConnection: false, isApart: false, waitsForMultiplex: false)
        #expect(try often.perform() == often.perform())
    }

    @Test("TLS sessions are resumed by new handles, each profile its own", arguments: [HandleUse.once, .often])
    func resumption(use: HandleUse) async throws {
        let server = try await TLSStatusServer.start()
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            $0.handleUse = use
            $0.profiles = [RequestProfile(), RequestProfile()]
        }
        func fetch(_ profile: UInt16?) async -> Bool? {
            let result = await harness.fetch(
                server.url, route: FetchRoute(profile: profile), extra: FetchExtra(body: .memory(limit: 100_000)))
            return TLSStatusServer.wasResumed(result.details?.body)
        }
        var resumed: [Bool?] = []
        for profile in [nil, nil, 0, 0, nil, 1, 0, 1] as [UInt16?] { resumed.append(await fetch(profile)) }
        #expect(resumed == [false, true, false, true, true, false, true, true])
        await server.stop()
    }
}
