import CrawlCore
import Testing

struct OutcomeClassifierTests {
    private static let ray = "8a1b2c3d4e5f6071-FRA"

    private func answer(_ status: Int32, _ change: (inout FetchDetails) -> Void = { _ in }) -> FetchResult {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 784_111_777_000))
        result.status = status
        result.flags = [.connected, .firstByte, .headersComplete]
        var details = FetchDetails()
        change(&details)
        result.details = details
        return result
    }

    private func failure(
        _ code: Int32, errno: Int32 = 0, flags: FetchResult.Flags = [], status: Int32 = 0, text: String? = nil
    ) -> FetchResult {
        var result = answer(status) { $0.errorText = text }
        result.curlCode = code
        result.osErrno = errno
        result.flags = flags
        result.times.dnsUs = 10
        return result
    }

    private func judge(_ result: FetchResult) -> Classification { OutcomeClassifier().classify(result) }

    @Test(
        arguments: [
            (200, Outcome.success), (204, .success), (206, .blocked), (301, .redirected), (302, .redirected),
            (307, .redirected), (308, .redirected), (304, .serverError), (400, .clientError), (401, .blocked),
            (402, .clientError), (403, .blocked), (404, .gone), (405, .clientError), (408, .serverError),
            (409, .clientError), (410, .gone), (418, .clientError), (425, .serverError), (429, .throttled),
            (451, .blocked), (500, .serverError), (501, .serverError), (502, .serverError), (503, .serverError),
            (504, .serverError), (505, .serverError), (520, .unknownOriginError), (521, .originDown),
            (522, .connectTimeout), (523, .unreachable), (524, .responseTimeout), (525, .tlsHandshake),
            (526, .tlsCertificate), (527, .edgeOther), (530, .edgeResolve), (598, .serverError), (600, .serverError),
            (999, .serverError),
        ] as [(Int32, Outcome)])
    func status(_ status: Int32, _ outcome: Outcome) {
        #expect(judge(answer(status)).outcome == outcome)
    }

    @Test func notModifiedOnlyIfAskedFor() {
        var result = answer(304)
        result.flags.insert(.conditional)
        #expect(judge(result).outcome == .notModified)
    }

    @Test(
        arguments: [
            (500, Outcome.serverError), (504, .serverError), (505, .edgeOther), (529, .edgeOther), (599, .edgeOther),
        ] as [(Int32, Outcome)])
    func otherErrorsOfAnEdge(_ status: Int32, _ outcome: Outcome) {
        let result = answer(status) {
            $0.server = "cloudflare"
            $0.cfRay = Self.ray
        }
        #expect(judge(result).outcome == outcome)
    }

    struct Ended: CustomTestStringConvertible, Sendable {
        var name: String
        var flags: FetchResult.Flags
        var status: Int32 = 0
        var outcome: Outcome
        var grade: Grade?
        var testDescription: String { name }
    }

    @Test(
        "a connection that we ended for what it did to others",
        arguments: [
            Ended(name: "no head", flags: .connected, outcome: .unknownOriginError, grade: .direct),
            Ended(
                name: "a head in parts", flags: [.connected, .firstByte], outcome: .unknownOriginError, grade: .direct),
            Ended(name: "a whole head", flags: [.connected, .headersComplete], status: 200, outcome: .truncated),
            Ended(name: "of an error", flags: [.connected, .headersComplete], status: 404, outcome: .truncated),
            Ended(name: "of a redirect", flags: [.connected, .headersComplete], status: 301, outcome: .truncated),
            Ended(
                name: "a proxy that has not connected", flags: [.connected, .viaProxy, .https], outcome: .inconclusive),
            Ended(
                name: "through a proxy's tunnel", flags: [.connected, .viaProxy, .https, .tlsEstablished],
                outcome: .unknownOriginError, grade: .direct),
            Ended(
                name: "by our stop as well", flags: [.connected, .headersComplete, .cancelled], status: 200,
                outcome: .inconclusive),
        ])
    func ended(_ entry: Ended) {
        for (flag, text) in [(FetchResult.Flags.stalledInParser, "stalled-in-parser"), (.overhead, "overhead")] {
            for code: Int32 in [0, 7, 16, 18, 28, 42, 52, 56, 92] {
                var result = failure(code, flags: entry.flags.union(flag), status: entry.status)
                result.httpVersion = .http2
                let judged = judge(result)
                #expect(judged.outcome == entry.outcome && judged.grade == entry.grade, "\(code)")
                #expect(judged.evidence?.connectionEnd == text)
            }
        }
    }

    @Test func throttled() {
        let result = judge(answer(503) { $0.retryAfter = "120" })
        #expect(result.outcome == .throttled && result.retryAfter == .seconds(120) && result.kind == .neutral)
        #expect(judge(answer(503) { $0.retryAfter = "soon" }).outcome == .throttled)
        let unsaid = judge(answer(429) { $0.retryAfter = "-1" })
        #expect(unsaid.outcome == .throttled && unsaid.retryAfter == nil)
        let dated = judge(answer(429) { $0.retryAfter = "Sun, 06 Nov 1994 08:50:37 GMT" })
        #expect(dated.retryAfter == .seconds(60))
    }

    @Test func blockedByWhom() {
        let origin = judge(answer(403))
        #expect(origin.outcome == .blocked && !origin.byEdge && origin.kind == .good)
        let edge = judge(answer(403) { $0.cfMitigated = "challenge" })
        #expect(edge.outcome == .blocked && edge.byEdge && edge.kind == .neutral)
    }

    @Test(
        "a challenge, and a part that nobody asked for, are no page, however their body ends", arguments: [0, 18, 23])
    func turnedAway(code: Int32) {
        for status in [202, 403, 405, 503] as [Int32] {
            var result = answer(status) { $0.cfMitigated = "challenge" }
            result.curlCode = code
            let judged = judge(result)
            #expect(judged.outcome == .blocked && judged.byEdge, "\(status)")
            #expect(judged.evidence?.cfMitigated == "challenge")
        }
        for (status, action) in [(202, "challenge"), (405, "captcha")] as [(Int32, String)] {
            var result = answer(status) { $0.wafAction = action }
            result.curlCode = code
            let judged = judge(result)
            #expect(judged.outcome == .blocked && judged.byEdge, "\(status)")
            #expect(judged.evidence?.wafAction == action)
        }
        var part = answer(206)
        part.curlCode = code
        let judged = judge(part)
        #expect(judged.outcome == .blocked && judged.byEdge && judged.kind == .neutral)
    }

    @Test("the header does not hide a failure, a wish to be left alone, or that there is no page")
    func noChallenge() {
        let limited = judge(
            answer(429) {
                $0.cfMitigated = "challenge"
                $0.retryAfter = "120"
            })
        #expect(limited.outcome == .throttled && limited.retryAfter == .seconds(120) && !limited.byEdge)
        let others: [(Int32, Outcome)] = [
            (400, .clientError), (404, .gone), (500, .serverError), (502, .serverError), (520, .unknownOriginError),
            (522, .connectTimeout), (530, .edgeResolve),
        ]
        for (status, outcome) in others {
            let judged = judge(answer(status) { $0.cfMitigated = "challenge" })
            #expect(judged.outcome == outcome && !judged.byEdge, "\(status)")
        }
    }

    @Test("the headers alone make no challenge of a page")
    func notTurnedAway() {
        for status in [200, 201, 204] as [Int32] {
            let result = answer(status) {
                $0.cfMitigated = "challenge"
                $0.wafAction = "challenge"
            }
            #expect(judge(result).outcome == .success, "\(status)")
        }
        #expect(judge(answer(202)).outcome == .success)
        #expect(judge(answer(403) { $0.wafAction = "count" }).byEdge == false)
    }

    @Test(
        arguments: [
            // server, cf-ray, cf-error-type, body, grade
            ("cloudflare", ray, nil, "error code: 520", Grade.genuine),
            ("Cloudflare", "8a1b2c3d4e5f6071", nil, "<title>x | 520: Web server</title>", .genuine),
            (nil, nil, "520", "", .genuine),
            ("cloudflare", ray, nil, "", .probable),
            ("cloudflare", ray, nil, "error code: 521", .probable),
            ("cloudflare", nil, nil, "error code: 520", .probable),
            (nil, ray, nil, "error code: 520", .probable),
            ("nginx", nil, nil, "error code: 520", .unattributed),
            (nil, "8A1B2C3D4E5F6071-FRA", nil, "", .unattributed),
            (nil, "8a1b2c3d4e5f6071-fra", nil, "", .unattributed),
            (nil, "8a1b2c3d4e5f607", nil, "", .unattributed),
            (nil, "8a1b2c3d4e5f6071-FRAX", nil, "", .unattributed),
            (nil, "8a1b2c3d4e5f6071-FRA\n", nil, "", .unattributed),
            (nil, nil, nil, "", .unattributed),
        ] as [(String?, String?, String?, String, Grade)])
    func howSure(_ server: String?, _ ray: String?, _ type: String?, _ body: String, _ grade: Grade) {
        let judged = judge(
            answer(520) {
                $0.server = server
                $0.cfRay = ray
                $0.cfErrorType = type
                $0.bodyHead = Array(body.utf8)
            })
        #expect(judged.outcome == .unknownOriginError)
        #expect(judged.grade == grade)
        #expect(judged.kind == .failing)
    }

    @Test func evidence() throws {
        var result = answer(520) {
            $0.server = "cloud\u{1B}[31mflare\r\n" + String(repeating: "x", count: 500)
            $0.cfRay = Self.ray
            $0.bodyHead = Array("<h1>error code: 520</h1>".utf8)
        }
        result.remoteAddress = IPAddress(v4: 0x0101_0101)
        result.httpVersion = .http2
        result.times.totalUs = 7
        let evidence = try #require(judge(result).evidence)
        #expect(evidence.status == 520)
        #expect(evidence.cfRay == Self.ray && evidence.colo == "FRA")
        #expect(evidence.bodyMarker == "error code: 520")
        #expect(evidence.remoteIP == "1.1.1.1" && evidence.httpVersion == "2")
        #expect(evidence.times == [0, 0, 0, 0, 7])
        let server = try #require(evidence.server)
        #expect(server.hasPrefix("cloud\\u{1B}[31mflare\\u{D}\\u{A}xxx"))
        #expect(server.utf8.count <= 256)
        #expect(judge(answer(200)).evidence == nil)
        #expect(judge(answer(404)).evidence == nil)
    }

    @Test(
        arguments: [
            (0, Outcome.inconclusive), (111, .originDown), (104, .unknownOriginError), (101, .unreachable),
            (113, .unreachable), (112, .unreachable), (110, .connectTimeout), (100, .inconclusive), (99, .inconclusive),
            (24, .inconclusive), (23, .inconclusive), (12, .inconclusive), (105, .inconclusive), (13, .inconclusive),
        ] as [(Int32, Outcome)])
    func couldNotConnect(_ errno: Int32, _ outcome: Outcome) {
        #expect(judge(failure(7, errno: errno)).outcome == outcome)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var code: Int32
        var flags: FetchResult.Flags = []
        var status: Int32 = 0
        var text: String?
        var outcome: Outcome
        var testDescription: String { name }
    }

    private static let whole: FetchResult.Flags = [.connected, .firstByte, .headersComplete]

    @Test(arguments: [
        Row(name: "not HTTP", code: 1, flags: .connected, outcome: .unknownOriginError),
        Row(name: "1 before a connect", code: 1, outcome: .inconclusive),
        Row(name: "weird reply", code: 8, flags: .connected, outcome: .unknownOriginError),
        Row(name: "header too long", code: 27, flags: [.connected, .firstByte], outcome: .unknownOriginError),
        Row(name: "our memory", code: 27, outcome: .inconclusive),
        Row(name: "empty", code: 52, flags: .connected, outcome: .unknownOriginError),
        Row(name: "reset", code: 56, flags: .connected, outcome: .unknownOriginError),
        Row(name: "reset while sending", code: 55, flags: .connected, outcome: .unknownOriginError),
        Row(name: "HTTP/2 16", code: 16, flags: .connected, outcome: .unknownOriginError),
        Row(name: "HTTP/2 92", code: 92, flags: .connected, outcome: .unknownOriginError),
        Row(name: "cut", code: 18, flags: whole, status: 200, outcome: .truncated),
        Row(name: "reset in the body", code: 56, flags: whole, status: 200, outcome: .truncated),
        Row(
            name: "bad chunk", code: 56, flags: whole, status: 200, text: "Illegal hex in chunked-encoding",
            outcome: .unknownOriginError),
        Row(name: "cut 404", code: 18, flags: whole, status: 404, outcome: .gone),
        Row(name: "cut 520", code: 18, flags: whole, status: 520, outcome: .unknownOriginError),
        Row(name: "cut redirect", code: 18, flags: whole, status: 302, outcome: .truncated),
        Row(
            name: "lengths differ", code: 0, flags: whole.union(.contentLengthConflict), status: 404,
            outcome: .unknownOriginError),
        Row(
            name: "lengths differ in a 522", code: 0, flags: whole.union(.contentLengthConflict), status: 522,
            outcome: .connectTimeout),
        Row(name: "no blank line", code: 0, flags: .firstByte, status: 200, outcome: .unknownOriginError),
        Row(name: "name", code: 6, outcome: .unreachable),
        Row(name: "handshake", code: 35, flags: [.connected, .https], outcome: .tlsHandshake),
        Row(name: "certificate", code: 60, flags: [.connected, .https], outcome: .tlsCertificate),
        Row(name: "our CA file", code: 77, outcome: .inconclusive),
        Row(name: "time: connect", code: 28, outcome: .connectTimeout),
        Row(
            name: "time: it waited for another's connection", code: 28, flags: [.https, .awaitedConnection],
            outcome: .inconclusive),
        Row(name: "time: TLS", code: 28, flags: [.connected, .https], outcome: .tlsHandshake),
        Row(
            name: "time: answer over TLS", code: 28, flags: [.connected, .https, .tlsEstablished],
            outcome: .responseTimeout),
        Row(name: "time: answer", code: 28, flags: .connected, outcome: .responseTimeout),
        Row(name: "time: body", code: 28, flags: whole, status: 200, outcome: .truncated),
        Row(name: "too large", code: 23, flags: whole.union(.bodyOverLimit), status: 200, outcome: .tooLarge),
        Row(name: "headers too large", code: 23, flags: [.connected, .headersOverLimit], outcome: .unknownOriginError),
        Row(name: "cancelled", code: 42, flags: [.connected, .cancelled], outcome: .inconclusive),
        Row(name: "guard", code: 7, flags: .addressRefused, outcome: .refusedByPolicy),
        Row(name: "own request too large", code: 0, flags: .requestTooLarge, outcome: .refusedByPolicy),
        Row(name: "unknown code", code: 9999, outcome: .inconclusive),
    ])
    func transport(_ row: Row) {
        let result = failure(row.code, flags: row.flags, status: row.status, text: row.text)
        #expect(judge(result).outcome == row.outcome)
    }

    @Test func aResetInTheHandshakeIsStillTheHandshake() {
        #expect(judge(failure(35, errno: 104, flags: [.connected, .https])).outcome == .tlsHandshake)
        #expect(judge(failure(35, errno: 105, flags: [.connected, .https])).outcome == .inconclusive)
    }

    @Test func aNameThatTakesForeverIsUnreachable() {
        var result = failure(28)
        result.times.dnsUs = 0
        #expect(judge(result).outcome == .unreachable)
    }

    @Test func directEquivalentsCanBeTurnedOff() {
        let strict = OutcomeClassifier(directEquivalents: false)
        #expect(strict.classify(failure(52, flags: .connected)).outcome == .serverError)
        #expect(strict.classify(failure(52, flags: .connected)).grade == nil)
        #expect(strict.classify(failure(7, errno: 111)).outcome == .originDown)
        #expect(strict.classify(answer(520)).outcome == .unknownOriginError)
    }
}
