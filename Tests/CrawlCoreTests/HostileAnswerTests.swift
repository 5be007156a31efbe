import Testing

@testable import CrawlCore

/// Cloudflare's own codes in an answer, and answers made to mislead.
struct HostileAnswerTests {
    private static let ray = "8a1b2c3d4e5f6071-FRA"

    private func judge(
        _ status: Int32, _ body: [UInt8], server: String? = "cloudflare", ray: String? = ray, type: String? = nil,
        retryAfter: String? = nil
    ) -> Classification {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.status = status
        result.flags = [.connected, .firstByte, .headersComplete]
        var details = FetchDetails()
        details.server = server
        details.cfRay = ray
        details.cfErrorType = type
        details.retryAfter = retryAfter
        details.bodyHead = body
        result.details = details
        return OutcomeClassifier().classify(result)
    }

    private static let page = """
        <!DOCTYPE html><html><head><title>Access denied | x.example</title></head><body><h1>
        <span class="cf-error-type" data-translate="error">Error</span>
        <span class="cf-error-code">1020</span></h1></body></html>
        """

    @Test(
        arguments: [
            // status, body, outcome, made by the edge, code
            (429, "error code: 1015", Outcome.throttled, false, 1015),
            (403, "error code: 1015", .throttled, false, 1015),
            (429, "error code: 1200\n", .throttled, false, 1200),
            (403, "error code: 1020", .blocked, true, 1020),
            (403, page, .blocked, true, 1020),
            (409, "error code: 1001", .blocked, true, 1001),
            (429, "error code: 1027", .throttled, false, 1027),
            (530, "error code: 1016", .edgeResolve, false, 1016),
            (530, "error code: 1033", .edgeResolve, false, 1033),
            (530, "", .edgeResolve, false, nil),
            // None of these is a code of ours to know.
            (403, "error code: 520", .blocked, false, nil),
            (403, "error code: 10150", .blocked, false, nil),
            (403, "error code: 101", .blocked, false, nil),
            (403, "error code: 2015", .blocked, false, nil),
            (403, "error code: ", .blocked, false, nil),
            (403, "error code: 1\u{0}15", .blocked, false, nil),
            (409, "conflict", .clientError, false, nil),
            (429, "slow down", .throttled, false, nil),
            (404, "error code: 1015", .gone, false, nil),
            (503, "error code: 1015", .throttled, false, 1015),
        ] as [(Int32, String, Outcome, Bool, Int?)])
    func codes(status: Int32, body: String, outcome: Outcome, byEdge: Bool, code: Int?) {
        let judged = judge(status, Array(body.utf8))
        #expect(judged.outcome == outcome)
        #expect(judged.byEdge == byEdge)
        if let code { #expect(judged.evidence?.cfCode == code) } else { #expect(judged.evidence?.cfCode == nil) }
    }

    @Test func aRateLimitOfTheEdgeMayNameItsEnd() {
        let judged = judge(403, Array("error code: 1015".utf8), retryAfter: "60")
        #expect(judged.outcome == .throttled && judged.retryAfter == .seconds(60) && judged.kind == .neutral)
    }

    @Test func onlyTheEdgeHasCodes() {
        let page = judge(403, Array("error code: 1020".utf8), server: "nginx", ray: nil)
        #expect(page.outcome == .blocked && !page.byEdge && page.kind == .good)
        #expect(judge(409, Array("error code: 1015".utf8), server: nil, ray: "not a ray").outcome == .clientError)
    }

    @Test(
        "rays that are none are not kept",
        arguments: [
            "", "8a1b2c3d4e5f6071-", "8a1b2c3d4e5f6071-FR", "8a1b2c3d4e5f6071-FRA ", " 8a1b2c3d4e5f6071-FRA",
            "8a1b2c3d4e5f6071-FRA\u{0}", "8a1b2c3d4e5f607\u{0}-FRA", "8a1b2c3d4e5f6071-F\u{C4}", "8a1b2c3d4e5f6071_FRA",
            "8a1b2c3d4e5f6071-FRA\r\nX: y", "８a1b2c3d4e5f6071-FRA", String(repeating: "a", count: 100_000),
        ])
    func rays(ray: String) {
        let judged = judge(520, [], ray: ray)
        #expect(judged.outcome == .unknownOriginError && judged.grade == .probable)
        #expect(judged.evidence?.cfRay == nil && judged.evidence?.colo == nil)
    }

    static let bodies: [[UInt8]] = [
        [0], [0xFF, 0xFE], [UInt8](repeating: 0, count: 4096), Array("error code: ".utf8),
        Array("error code: 1".utf8) + [0, 0, 0], Array("class=\"cf-error-code\">".utf8),
        [UInt8](repeating: UInt8(ascii: "1"), count: 4096), Array(String(repeating: "error code: ", count: 341).utf8),
    ]

    @Test("bodies of any bytes are judged by their status", arguments: bodies)
    func anyBody(body: [UInt8]) {
        #expect(judge(403, body).outcome == .blocked)
        #expect(judge(403, body).evidence?.cfCode == nil)
        #expect(judge(429, body).outcome == .throttled)
        #expect(judge(520, body).grade == .probable)
        #expect(judge(530, body).outcome == .edgeResolve)
    }

    @Test(
        "texts of strangers stay on one line, short and without commands",
        arguments: [
            "a\r\nX-Injected: 1", "\u{1B}]0;title\u{7}", "\u{202E}gnp.exe", "\u{0}\u{0}", "\u{2028}next line",
            String(repeating: "\u{0}", count: 5000), String(repeating: "ü", count: 5000),
        ])
    func texts(text: String) throws {
        let evidence = try #require(judge(520, [], server: text, type: text).evidence)
        for kept in [evidence.server, evidence.cfErrorType].compactMap({ $0 }) {
            #expect(kept.utf8.count <= 256)
            #expect(kept.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
            #expect(!kept.contains("\u{202E}") && !kept.contains("\u{2028}"))
        }
    }

    // MARK: Through a proxy

    private func through(_ change: (inout FetchResult) -> Void) -> Classification {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.flags = [.viaProxy, .connected]
        result.details = FetchDetails()
        change(&result)
        return OutcomeClassifier().classify(result)
    }

    @Test(
        "at or before the proxy: inconclusive, whatever libcurl calls it",
        arguments: [
            1, 5, 7, 8, 28, 35, 52, 55, 56, 97,
        ] as [Int32])
    func proxyFails(code: Int32) {
        for https in [false, true] {
            let judged = through {
                $0.curlCode = code
                $0.osErrno = 111
                if https { $0.flags.insert(.https) }
            }
            #expect(judged.outcome == .inconclusive && judged.evidence?.viaProxy == true)
        }
    }

    @Test(
        "behind the server's TLS it is the server's",
        arguments: [
            (28, Outcome.responseTimeout), (52, .unknownOriginError), (56, .unknownOriginError),
        ] as [(Int32, Outcome)])
    func serverFails(code: Int32, outcome: Outcome) {
        let judged = through {
            $0.curlCode = code
            $0.flags.formUnion([.https, .tlsEstablished])
        }
        #expect(judged.outcome == outcome)
    }

    @Test func aProxysOwnPages() {
        func page(_ status: Int32, https: Bool = false, _ change: (inout FetchDetails) -> Void = { _ in }) -> Outcome {
            through {
                $0.status = status
                $0.flags.formUnion(https ? [.headersComplete, .firstByte, .https] : [.headersComplete, .firstByte])
                var details = FetchDetails()
                change(&details)
                $0.details = details
            }.outcome
        }
        #expect(page(407) == .inconclusive)
        #expect(page(407, https: true) == .clientError)
        #expect(page(502) == .serverError)
        #expect(page(502) { $0.proxyStatus = "p; error=connection_refused" } == .inconclusive)
        #expect(page(502) { $0.proxyStatus = "p; received-status=502" } == .serverError)
        #expect(page(504) { $0.server = "squid/5.7" } == .inconclusive)
        #expect(page(403) { $0.server = "tinyproxy/1.11.1" } == .inconclusive)
        #expect(page(502, https: true) { $0.server = "squid/5.7" } == .serverError)
        #expect(page(520) == .inconclusive)
        #expect(page(520) { $0.server = "cloudflare" } == .unknownOriginError)
        #expect(page(521) == .originDown)
        #expect(page(200) == .success)
    }
}
