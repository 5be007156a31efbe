import CrawlCore
import CrawlFetch
import CrawlTesting
import Glibc
import Testing

/// Requests through real proxies: what they see, and whose fault it is when it fails.
@Suite(.timeLimit(.minutes(1)))
struct ProxyRouteTests {
    private static let through = FetchRoute(proxy: 0)

    private func harness(_ proxies: [String], _ change: (inout FetchLimits) -> Void = { _ in }) throws -> FetchHarness {
        let caFile = try TestCertificates.shared.get().caFile
        let servers = try proxies.map { try #require(ProxyServer($0)) }
        return FetchHarness {
            $0.caFile = caFile
            $0.proxies = servers
            change(&$0)
        }
    }

    private func outcome(_ result: FetchResult) -> Outcome { OutcomeClassifier().classify(result).outcome }

    @Test func plainAndTunnelled() async throws {
        let proxy = try await TinyProxy.start()
        let plain = try await MisbehavingOrigin.start()
        let secret = try await MisbehavingOrigin.start(transport: .http2(.good))
        for origin in [plain, secret] { origin.onEverythingElse(.status(200, text: "ok")) }
        let harness = try harness([proxy.url])
        for url in [plain.url("/a"), secret.url("/b")] {
            let result = await harness.fetch(url, route: Self.through)
            #expect(result.status == 200 && result.bodyBytes == 2, "\(result.details?.errorText ?? "-")")
            #expect(result.flags.contains(.viaProxy) && result.flags.contains(.connected))
            #expect(result.remoteAddress == nil)
        }
        // The same handle without a proxy, and with one again.
        let direct = await harness.fetch(plain.url("/c"))
        #expect(!direct.flags.contains(.viaProxy) && direct.remoteAddress != nil)
        _ = await harness.fetch(plain.url("/d"), route: Self.through)
        #expect(
            proxy.requests == [
                "GET \(plain.url("/a"))", "CONNECT 127.0.0.1:\(secret.port)", "GET \(plain.url("/d"))",
            ])
        #expect(plain.requests.map(\.path) == ["/a", "/c", "/d"])
        #expect(plain.requests.allSatisfy { $0.header("proxy-authorization") == nil })
        for origin in [plain, secret] { await origin.stop() }
        await proxy.stop()
    }

    @Test("what is asked of one server never reaches another through a connection that the first kept open")
    func plainRequestsDoNotMix() async throws {
        let proxy = try await TinyProxy.start()
        // They answer `Connection: close` by keeping it open.
        let origins = [try await MisbehavingOrigin.start(), try await MisbehavingOrigin.start()]
        for origin in origins { origin.onEverythingElse(.status(200)) }
        let harness = try harness([proxy.url])
        for i in 0..<6 { _ = await harness.fetch(origins[i % 2].url("/\(i)"), route: Self.through) }
        #expect(origins[0].requests.map(\.path) == ["/0", "/2", "/4"])
        #expect(origins[1].requests.map(\.path) == ["/1", "/3", "/5"])
        #expect(proxy.requests.count == 6)
        for origin in origins { await origin.stop() }
        await proxy.stop()
    }

    @Test func nameAndPassword() async throws {
        let proxy = try await TinyProxy.start(login: "me s3cret")
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        let plain = try await MisbehavingOrigin.start()
        for origin in [origin, plain] { origin.onEverythingElse(.status(200)) }
        let address = "127.0.0.1:\(proxy.port)"
        let harness = try harness(["http://me:s3%63ret@\(address)", "http://me:wrong@\(address)"])
        for url in [origin.url("/"), plain.url("/")] {
            #expect(await harness.fetch(url, route: Self.through).status == 200)
            let refused = await harness.fetch(url, route: FetchRoute(proxy: 1))
            let judged = OutcomeClassifier().classify(refused)
            #expect(judged.outcome == .inconclusive, "\(refused.status) \(refused.curlCode)")
            #expect(judged.evidence?.viaProxy == true)
        }
        #expect(origin.requests.count == 1 && plain.requests.count == 1)
        #expect(plain.requests.allSatisfy { $0.header("proxy-authorization") == nil })
        for origin in [origin, plain] { await origin.stop() }
        await proxy.stop()
    }

    @Test("a proxy that is down, or that cannot reach the server, says nothing of the server")
    func proxysOwnFailures() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .tls(.good))
        let gone = try await MisbehavingOrigin.start()
        await gone.stop()
        let proxy = try await TinyProxy.start()
        let harness = try harness([
            gone.url(""), "http://nowhere.invalid:80", "socks5h://127.0.0.1:\(gone.port)", proxy.url,
        ])
        for i in 0..<UInt16(3) {
            for url in [origin.url("/"), "http://127.0.0.1:\(origin.port)/"] {
                let result = await harness.fetch(url, route: FetchRoute(proxy: i))
                #expect(result.curlCode != 0)
                #expect(outcome(result) == .inconclusive, "\(i) \(result.curlCode)")
            }
        }
        let behind = FetchRoute(proxy: 3)
        let tunnel = await harness.fetch("https://127.0.0.1:\(gone.port)/", route: behind)
        #expect(outcome(tunnel) == .inconclusive)
        #expect(OutcomeClassifier().classify(tunnel).evidence?.connectStatus ?? 0 >= 500)
        let relayed = await harness.fetch(gone.url("/"), route: behind)
        #expect(relayed.status >= 500 && outcome(relayed) == .inconclusive)
        #expect(origin.requests.isEmpty)
        await origin.stop()
        await proxy.stop()
    }

    @Test("what came through the server's TLS is the server's; over plain http only a whole answer is")
    func serversFailures() async throws {
        let proxy = try await TinyProxy.start()
        let secret = try await MisbehavingOrigin.start(transport: .tls(.good))
        let selfSigned = try await MisbehavingOrigin.start(transport: .tls(.selfSigned))
        let plain = try await MisbehavingOrigin.start()
        for origin in [secret, plain] {
            origin.on("/closes", .raw("", then: .close))
            origin.on("/522", .status(522))
            origin.on("/520", .status(520))
            origin.on("/edge", .status(520, headers: [("server", "cloudflare")]))
        }
        let harness = try harness([proxy.url])
        let expected: [(String, Outcome)] = [
            (secret.url("/closes"), .unknownOriginError), (secret.url("/522"), .connectTimeout),
            (secret.url("/520"), .inconclusive), (secret.url("/edge"), .unknownOriginError),
            (selfSigned.url("/"), .tlsCertificate),
            (plain.url("/closes"), .inconclusive), (plain.url("/522"), .connectTimeout),
            (plain.url("/520"), .inconclusive), (plain.url("/edge"), .unknownOriginError),
        ]
        for (url, wanted) in expected {
            let result = await harness.fetch(url, route: Self.through)
            #expect(outcome(result) == wanted, "\(url) \(result.status) \(result.curlCode)")
        }
        for origin in [secret, selfSigned, plain] { await origin.stop() }
        await proxy.stop()
    }

    @Test(
        "the guard looks at addresses in URLs, not at the proxy's own",
        arguments: [
            "http://10.1.2.3/", "http://[::1]/", "https://[::ffff:127.0.0.1]:8443/x", "http://127.0.0.1/",
            "http://localhost/", "http://a.localhost:80/", "https://169.254.169.254?x", "http://localhost./",
        ])
    func literals(url: String) async throws {
        let proxy = try await TinyProxy.start()
        let harness = try harness([proxy.url]) { $0.allowAddresses = [] }
        let result = await harness.fetch(url, route: Self.through)
        #expect(result.flags.contains(.addressRefused) && result.details?.refusedAddress != nil)
        #expect(outcome(result) == .refusedByPolicy)
        // A name is the proxy's to look up, and the proxy itself may be reached.
        let named = await harness.fetch("http://nowhere.invalid/", route: Self.through)
        #expect(!named.flags.contains(.addressRefused) && named.flags.contains(.connected))
        #expect(proxy.requests == ["GET http://nowhere.invalid/"])
        await proxy.stop()
    }

    @Test(
        "forms of a proxy",
        arguments: [
            ("http://p.example:8080", "http://p.example:8080", nil, nil),
            ("HTTP://P.example:8080/", "http://p.example:8080", nil, nil),
            ("https://u@p:1", "https://p:1", "u", nil),
            ("socks5h://u:p@[::1]:1080", "socks5h://[::1]:1080", "u", "p"),
            ("http://a%40b:c%3Ad:e@p:80", "http://p:80", "a@b", "c:d:e"),
            ("http://u:@p:80", "http://p:80", "u", ""),
        ] as [(String, String, String?, String?)])
    func forms(text: String, address: String, user: String?, password: String?) throws {
        let server = try #require(ProxyServer(text))
        #expect(server.address == address && server.user == user && server.password == password)
        #expect(password.map { $0.isEmpty || !"\(server)\(String(reflecting: server))".contains(":\($0)@") } ?? true)
    }

    @Test(
        "no forms of a proxy",
        arguments: [
            "", "p.example:80", "ftp://p:80", "socks5://p:80", "http://p", "http://p:0", "http://p:65536",
            "http://p:+1",
            "http://:80", "http://p:80/x", "http://p:80?x", "http://:x@p:80", "http://u:a%0d%0aX: y@p:80",
            "http://u:a%0D%0Ab@p:80", "http://u%00:a@p:80", "http://u:%zz@p:80", "http://u:%@p:80", "http://u:%ff@p:80",
            "http://u:a\r\nb@p:80", "http://p\u{0}:80", "http://p p:80", "http://[1.2.3.4]:80", "http://[::1:80",
            "http://u:%2bf@p", "http://\u{FC}:80",
        ])
    func noForms(text: String) { #expect(ProxyServer(text) == nil) }
}
