import CrawlCore
import CrawlFetch
import CrawlOutput
import CrawlTesting
import Crypto
import Foundation
import Testing

/// What went over the wire is what a recording has.
@Suite(.timeLimit(.minutes(1)))
struct RecordedExchangeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var answer: String
        var then = OriginBehaviour.Ending.keepOpen
        /// From the first line to the blank one.
        var head: String
        var body: String
        var end = ExchangeEnd.whole
        var interim: [Int32] = []
    }

    static let cases = [
        Case(
            testDescription: "lines as they came, whatever their case, ends and blanks",
            answer: "HTTP/1.1 200 Fine, thanks\r\nContent-LENGTH:2\r\nX-Odd :  a \nx-fold: b\r\n  c\r\n\r\nok",
            head: "HTTP/1.1 200 Fine, thanks\r\nContent-LENGTH:2\r\nX-Odd :  a \nx-fold: b\r\n  c\r\n\r\n", body: "ok"),
        Case(
            testDescription: "chunks are put together, their header stays, trailers are no part of the head",
            answer:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-End: t\r\n\r\n",
            head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body: "hello"),
        Case(
            testDescription: "103 before 200",
            answer: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            head: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", body: "ok", interim: [103]),
        Case(
            testDescription: "a body without a length is whole when its connection ends",
            answer: "HTTP/1.0 200 OK\r\n\r\nall there is", then: .close, head: "HTTP/1.0 200 OK\r\n\r\n",
            body: "all there is"),
        Case(
            testDescription: "a body cut short of its length",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", then: .close,
            head: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", body: "part", end: .disconnect),
        Case(
            testDescription: "chunks that end early",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", then: .close,
            head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body: "part", end: .disconnect),
        Case(
            testDescription: "a body over our limit",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + String(repeating: "0123456789", count: 6),
            head: "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", body: String(repeating: "0123456789", count: 5),
            end: .length),
        Case(
            testDescription: "a body that does not come in our time",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nslow",
            head: "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", body: "slow", end: .time),
        Case(
            testDescription: "a redirect",
            answer: "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 5\r\n\r\nthere",
            head: "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 5\r\n\r\n", body: "there"),
        Case(
            testDescription: "an answer without a body", answer: "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
            head: "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", body: ""),
        Case(
            testDescription: "an error", answer: "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
            head: "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\n", body: "busy"),
    ]

    @Test(arguments: cases) func asItCame(test: Case) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x?a=b", .raw(test.answer, then: test.then))
        let trial = try RecordingTrial {
            $0.maxBody = 50
            $0.totalTimeout = .seconds(1)
        }
        let result = await trial.harness.fetch(origin.url("/x?a=b"))
        let recorded = try await trial.exchange(result)
        #expect(recorded.response == test.head)
        #expect(recorded.text == test.body)
        #expect(recorded.exchange.end == test.end)
        #expect(recorded.exchange.interim == test.interim)
        #expect(recorded.request.hasPrefix("GET /x?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\n"))
        #expect(recorded.request.contains("User-Agent: crawld\r\n") && recorded.request.hasSuffix("\r\n\r\n"))
        #expect(recorded.exchange.targetURI == Array(origin.url("/x?a=b").utf8))
        #expect(recorded.exchange.remoteAddress == IPAddress(v4: 0x7F00_0001) && recorded.exchange.tls == nil)
        #expect(recorded.exchange.date == result.startedAt && recorded.exchange.httpVersion == result.httpVersion)
        #expect(result.digest == Digest256(Array(SHA256.hash(data: recorded.body))), "judged by the same bytes")
        #expect(result.bodyBytes == Int64(recorded.body.count))
        #expect(trial.recorder.count == 0 && !recorded.hasPaused)
        await origin.stop()
    }

    @Test("a coded body stays coded, also where it is decoded for somebody else", arguments: [false, true])
    func coded(isKept: Bool) async throws {
        let origin = try await MisbehavingOrigin.start()
        let text = Array("User-agent: *\nDisallow:\n".utf8)
        origin.on("/robots.txt", .status(200, headers: [("Content-Encoding", "gzip")], body: Gzip.compress(text)))
        let trial = try RecordingTrial()
        let result = await trial.harness.fetch(
            origin.url("/robots.txt"), extra: isKept ? FetchExtra(body: .memory(limit: 1000)) : nil)
        #expect(result.details?.body == (isKept ? text : nil))
        let recorded = try await trial.exchange(result)
        #expect(recorded.body == Gzip.compress(text))
        #expect(recorded.request.contains("Accept-Encoding: gzip\r\n") == isKept)
        await origin.stop()
    }

    enum Layer: String, CaseIterable, Sendable {
        case tls = "HTTP/1.1 over TLS"
        case http2 = "HTTP/2"
    }

    /// The handshake is the first request's; what it agreed on is every request's.
    @Test("each request over a connection that is kept has its own heads", arguments: Layer.allCases)
    func keptConnection(layer: Layer) async throws {
        let origin = try await MisbehavingOrigin.start(transport: layer == .tls ? .tls(.good) : .http2(.good))
        for name in ["a", "b"] { origin.on("/\(name)", .status(200, headers: [("X-Name", name)], text: name)) }
        let trial = try RecordingTrial()
        let version = layer == .tls ? "HTTP/1.1" : "HTTP/2"
        for name in ["a", "b"] {
            let recorded = try await trial.fetch(origin.url("/\(name)"))
            #expect(recorded.request.hasPrefix("GET /\(name) \(version)\r\n"))
            #expect(recorded.request.components(separatedBy: "GET ").count == 2)
            #expect(recorded.response.hasPrefix("\(version) 200"))
            #expect(recorded.response.lowercased().contains("\r\nx-name: \(name)\r\n"))
            #expect(recorded.response.hasSuffix("\r\n\r\n") && recorded.text == name)
            #expect(recorded.exchange.httpVersion == (layer == .tls ? .http11 : .http2))
            #expect([.tls12, .tls13].contains(recorded.exchange.tls))
        }
        #expect(Set(origin.requests.map(\.connection)).count == 1)
        await origin.stop()
    }

    @Test("what is asked again over HTTP/1.1 is recorded as it was answered then")
    func overHTTP1() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/x", .sequence([.http2(.endMidBody), .status(200, text: "whole")]))
        let trial = try RecordingTrial()
        let recorded = try await trial.fetch(origin.url("/x"))
        #expect(origin.requests.map(\.isHTTP2) == [true, false])
        #expect(recorded.exchange.httpVersion == .http11 && recorded.exchange.end == .whole)
        #expect(recorded.request.hasPrefix("GET /x HTTP/1.1\r\n") && !recorded.request.contains("HTTP/2"))
        #expect(recorded.response.hasPrefix("HTTP/1.1 200 Test\r\n") && recorded.text == "whole")
        await origin.stop()
    }

    @Test("what libcurl sends again over another connection is recorded once")
    func resent() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/a", .status(200, text: "a"))
        origin.on("/b", .sequence([.raw("", then: .close), .status(200, text: "b")]))
        let trial = try RecordingTrial()
        _ = try await trial.fetch(origin.url("/a"))
        let recorded = try await trial.fetch(origin.url("/b"))
        #expect(origin.requests(for: "/b").count == 2)
        #expect(recorded.request.components(separatedBy: "GET /b").count == 2 && recorded.text == "b")
        await origin.stop()
    }

    @Test("the request that went to the next address is the one that counts")
    func nextAddress() async throws {
        let origin = try await MisbehavingOrigin.start(address: "127.0.0.2")
        origin.on("/x", .status(200, text: "second"))
        let trial = try RecordingTrial()
        let result = await trial.harness.fetch(
            "http://www.example:\(origin.port)/x",
            sendsTo: Destinations(IPAddress(v4: 0x7F00_0003), IPAddress(v4: 0x7F00_0002)))
        let recorded = try await trial.exchange(result)
        #expect(recorded.exchange.remoteAddress == IPAddress(v4: 0x7F00_0002) && recorded.text == "second")
        #expect(recorded.request.contains("\r\nHost: www.example:\(origin.port)\r\n"))
        await origin.stop()
    }

    @Test("of a tunnel through a proxy nothing is recorded; what is told to the proxy is never written")
    func proxied() async throws {
        let proxy = try await TinyProxy.start(login: "me s3cret")
        let plain = try await MisbehavingOrigin.start()
        let secret = try await MisbehavingOrigin.start(transport: .tls(.good))
        for origin in [plain, secret] { origin.onEverythingElse(.status(200, text: "ok")) }
        let server = try #require(ProxyServer("http://me:s3cret@127.0.0.1:\(proxy.port)"))
        let trial = try RecordingTrial { $0.proxies = [server] }
        for origin in [secret, plain] {
            let recorded = try await trial.fetch(origin.url("/x"), route: FetchRoute(proxy: 0))
            #expect(recorded.response.contains(" 200 Test\r\n") && recorded.text == "ok")
            #expect(recorded.response.components(separatedBy: "HTTP/1.").count == 2)
            #expect(!recorded.request.contains("CONNECT"))
            #expect(recorded.exchange.remoteAddress == nil)
            #expect((recorded.exchange.tls != nil) == (origin === secret))
            var written: [UInt8] = []
            RequestHead.write(recorded.exchange, secrets: .keep, to: &written)
            #expect(!String(decoding: written, as: UTF8.self).lowercased().contains("proxy-authorization"))
        }
        #expect(proxy.requests.count == 2)
        for origin in [plain, secret] { await origin.stop() }
        await proxy.stop()
    }

    struct NoAnswer: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var behaviour: OriginBehaviour
    }

    static let noAnswers = [
        NoAnswer(testDescription: "the connection ends", behaviour: .raw("", then: .close)),
        NoAnswer(testDescription: "half a head", behaviour: .raw("HTTP/1.1 200 OK\r\nX: y\r\n", then: .close)),
        NoAnswer(testDescription: "1xx and no more", behaviour: .raw("HTTP/1.1 103 Hints\r\n\r\n", then: .close)),
        NoAnswer(
            testDescription: "a head over the limit",
            behaviour: .raw("HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 2000))\r\n\r\n", then: .keepOpen)),
    ]

    @Test("of a request without an answer nothing is held", arguments: noAnswers)
    func noAnswer(test: NoAnswer) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", test.behaviour)
        let trial = try RecordingTrial { $0.maxHeaderBytes = 1000 }
        let result = await trial.harness.fetch(origin.url("/x"))
        #expect(!result.flags.contains(.headersComplete))
        #expect(trial.recorder.count == 0)
        await origin.stop()
    }

    @Test("of a request that could not be made nothing is held")
    func noConnection() async throws {
        let origin = try await MisbehavingOrigin.start()
        await origin.stop()
        let trial = try RecordingTrial { $0.maxRequestBytes = 1000 }
        let urls = [origin.url("/x"), origin.url("/" + String(repeating: "x", count: 2000)), "http://nowhere.invalid/"]
        #expect(await trial.harness.fetch(urls, origins: 3).allSatisfy { $0.status == 0 })
        #expect(trial.recorder.count == 0)
    }

    @Test("a request that is cancelled leaves nothing, neither here nor on the disk")
    func cancelled() async throws {
        let origin = try await MisbehavingOrigin.start()
        let chunk = Array(repeating: UInt8(ascii: "a"), count: 1 << 16)
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(chunk.count * 1000)\r\n\r\n"
        origin.on("/x", .stream(head: head, chunk: chunk, count: 1000))
        let trial = try RecordingTrial { $0.maxBody = 1 << 30 }
        let ticket = trial.harness.begin([origin.url("/x")])
        #expect(await eventually { trial.spool.usedBytes > 0 })
        trial.harness.pool.cancelAll()
        #expect(await trial.harness.results(ticket, count: 1)[0].flags.contains(.cancelled))
        #expect(trial.recorder.count == 0)
        #expect(await eventually { trial.spool.usedBytes == 0 })
        await origin.stop()
    }
}
