import CrawlTesting
import CurlKit
import Dispatch
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CurlClientTests {
    /// The client blocks, so it gets a thread that is not of the test's pool.
    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }

    @Test func get() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(207, headers: [("X-One", " a "), ("x-one", "b")], text: "hello"))
        let url = origin.url("/x")
        let (response, body) = try await onThread {
            var request = CurlClient.Request(url: url)
            request.headers = ["X-Test: 1"]
            return try CurlClient(options: EasyOptions()).send(request)
        }
        #expect(response.status == 207)
        #expect(response.header("x-one") == "a")
        #expect(body == Array("hello".utf8))
        #expect(origin.requests(for: "/x").first?.header("x-test") == "1")
        await origin.stop()
    }

    @Test(arguments: [1000, 2_000_000]) func postBytes(size: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        let url = origin.url("/x")
        _ = try await onThread {
            var request = CurlClient.Request(url: url)
            request.method = "POST"
            request.body = .bytes(Array(repeating: 7, count: size))
            return try CurlClient(options: EasyOptions()).send(request).response.status
        }
        let request = try #require(origin.requests(for: "/x").first)
        #expect(request.method == "POST")
        #expect(request.body == Array(repeating: 7, count: size))
        #expect(request.header("expect") == nil)
        await origin.stop()
    }

    private struct Refusal: Error {}

    @Test func errorsOfTheCallerComeThrough() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, text: "hello"))
        let url = origin.url("/x")
        await #expect(throws: Refusal.self) {
            _ = try await onThread {
                try CurlClient(options: EasyOptions()).send(CurlClient.Request(url: url)) { _, _ in throw Refusal() }
            }
        }
        await #expect(throws: Refusal.self) {
            _ = try await onThread {
                var request = CurlClient.Request(url: url)
                request.method = "POST"
                request.body = .stream(size: 5) { _ in throw Refusal() }
                return try CurlClient(options: EasyOptions()).send(request).response.status
            }
        }
        await origin.stop()
    }

    @Test func aReaderMayHaveEnough() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: Array(repeating: 7, count: 1_000_000)))
        let url = origin.url("/x")
        let body = try await onThread {
            try CurlClient(options: EasyOptions()).send(CurlClient.Request(url: url), limit: 100).body
        }
        #expect(body.count == 100)
        await origin.stop()
    }

    @Test func noAnswerIsAnError() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .raw("", then: .close))
        let url = origin.url("/x")
        let error = await #expect(throws: CurlError.self) {
            _ = try await onThread {
                try CurlClient(options: EasyOptions()).send(CurlClient.Request(url: url)).response.status
            }
        }
        #expect(error?.code == 52)
        await origin.stop()
    }

    @Test func addressesCanBeRefused() async throws {
        let origin = try await MisbehavingOrigin.start()
        let url = origin.url("/x")
        let error = await #expect(throws: CurlError.self) {
            _ = try await onThread {
                var client = CurlClient(options: EasyOptions())
                client.allowsAddress = { isV6, address in isV6 || address != [127, 0, 0, 1] }
                return try client.send(CurlClient.Request(url: url)).response.status
            }
        }
        #expect(error?.code == 7)
        #expect(origin.connectionCount == 0)
        await origin.stop()
    }

    @Test func overAUnixSocket() async throws {
        let path = "/tmp/crawld-client-\(getpid()).sock"
        unlink(path)
        let origin = try await MisbehavingOrigin.start(unixSocketPath: path)
        origin.on("/v1/urls", .status(200, text: "done"))
        let pieces = Mutex(["one\n", "two\n"])
        let body = try await onThread {
            var request = CurlClient.Request(url: "http://localhost/v1/urls")
            request.method = "POST"
            request.body = .stream(size: 8) { _ in
                Array(pieces.withLock { $0.isEmpty ? "" : $0.removeFirst() }.utf8)
            }
            return try CurlClient(unixSocketPath: path).send(request).body
        }
        #expect(body == Array("done".utf8))
        #expect(origin.requests(for: "/v1/urls").first?.body == Array("one\ntwo\n".utf8))
        await origin.stop()
        unlink(path)
    }

    @Test("while nothing comes the caller is asked whether to go on")
    func ticks() async throws {
        struct Enough: Error {}
        let path = "/tmp/crawld-silent-\(getpid()).sock"
        unlink(path)
        let listener = try UnixSockets.listen(path: path)
        defer {
            close(listener)
            unlink(path)
        }
        let ticks = try await onThread {
            var ticks = 0
            #expect(throws: Enough.self) {
                try CurlClient(unixSocketPath: path).send(
                    CurlClient.Request(url: "http://localhost/"),
                    onTick: {
                        ticks += 1
                        if ticks == 3 { throw Enough() }
                    }, onBody: { _, _ in true })
            }
            return ticks
        }
        #expect(ticks == 3)
    }

    @Test func redirectsAreNotFollowed() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(302, headers: [("Location", "/y")]))
        let url = origin.url("/x")
        let status = try await onThread {
            try CurlClient(options: EasyOptions()).send(CurlClient.Request(url: url)).response.status
        }
        #expect(status == 302)
        #expect(origin.requests.count == 1)
        await origin.stop()
    }
}
