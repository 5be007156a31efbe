import Testing

@testable import CrawlCore

/// The edge's own words: which documents are believed, and what they make of an answer.
struct EdgeDocumentTests {
    static let ray = "9f3e5c1a7b2d4e60"

    /// As Cloudflare writes it; `change` edits the text.
    static func json(_ code: Int, _ name: String, _ category: String, ray: String = ray, more: String = "") -> String {
        """
        {"type":"https://developers.cloudflare.com/errors/\(code)/","title":"Error \(code): {it} \\"failed\\"",\
        "status":\(code),"detail":"The origin, or [its] edge.","instance":"\(ray)","error_code":\(code),\
        "error_name":"\(name)","error_category":"\(category)","ray_id":"\(ray)",\
        "timestamp":"2026-05-04T03:02:01Z","zone":"shop.example","cloudflare_error":true,"retryable":true,\
        "retry_after":120,"owner_action_required":false,"what_you_should_do":{"steps":["wait","}"]},"footer":"x"\(more)}
        """
    }

    static func markdown(_ code: Int, _ name: String, ray: String = ray) -> String {
        """
        ---
        type: "https://developers.cloudflare.com/errors/\(code)/"
        status: \(code)
        error_code: \(code)
        error_name: \(name)
        error_category: 'origin'
        cloudflare_error: true
        retryable: false
        retry_after: 60
        ray_id: \(ray)
        what_you_should_do:
          ray_id: 0000000000000000
        ---
        # Error \(code)
        """
    }

    static func judge(
        _ status: Int32, _ body: String, server: String? = "cloudflare", ray: String? = ray + "-FRA",
        retryAfter: String? = nil, flags: FetchResult.Flags = []
    ) -> Classification {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.status = status
        result.flags = flags.union([.connected, .firstByte, .headersComplete])
        var details = FetchDetails()
        details.server = server
        details.cfRay = ray
        details.retryAfter = retryAfter
        details.bodyHead = Array(body.utf8.prefix(4096))
        result.details = details
        return OutcomeClassifier().classify(result)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int32
        var code: Int
        var outcome: Outcome
        var byEdge = false
        var testDescription: String { "\(code) at \(status)" }
    }

    static let cases: [Case] = [
        Case(status: 520, code: 520, outcome: .unknownOriginError),
        Case(status: 502, code: 520, outcome: .unknownOriginError),
        Case(status: 521, code: 521, outcome: .originDown), Case(status: 522, code: 522, outcome: .connectTimeout),
        Case(status: 503, code: 523, outcome: .unreachable), Case(status: 524, code: 524, outcome: .responseTimeout),
        Case(status: 525, code: 525, outcome: .tlsHandshake), Case(status: 526, code: 526, outcome: .tlsCertificate),
        Case(status: 500, code: 500, outcome: .serverError), Case(status: 502, code: 502, outcome: .serverError),
        Case(status: 504, code: 504, outcome: .serverError),
        Case(status: 403, code: 1004, outcome: .throttled), Case(status: 403, code: 1005, outcome: .throttled),
        Case(status: 429, code: 1015, outcome: .throttled), Case(status: 503, code: 1015, outcome: .throttled),
        Case(status: 429, code: 1027, outcome: .throttled), Case(status: 409, code: 1038, outcome: .throttled),
        Case(status: 530, code: 1200, outcome: .throttled), Case(status: 500, code: 1205, outcome: .throttled),
        Case(status: 409, code: 1016, outcome: .edgeResolve), Case(status: 530, code: 1016, outcome: .edgeResolve),
        Case(status: 502, code: 1033, outcome: .edgeResolve), Case(status: 403, code: 1033, outcome: .edgeResolve),
        Case(status: 403, code: 1010, outcome: .blocked, byEdge: true),
        Case(status: 409, code: 1001, outcome: .blocked, byEdge: true),
        Case(status: 500, code: 1101, outcome: .serverError),
    ]

    @Test("a signed document's code says what the answer is, in JSON and in Markdown", arguments: cases)
    func codes(_ entry: Case) throws {
        for body in [Self.json(entry.code, "an_error", "origin"), Self.markdown(entry.code, "an_error")] {
            let judged = Self.judge(entry.status, body)
            #expect(judged.outcome == entry.outcome && judged.byEdge == entry.byEdge)
            #expect(judged.grade == (entry.outcome == .unknownOriginError ? .genuine : nil))
            #expect(judged.throttle == (entry.outcome == .throttled ? entry.code : nil))
            let evidence = try #require(judged.evidence)
            #expect(
                evidence.cfCode == entry.code && evidence.errorName == "an_error" && evidence.errorCategory == "origin")
            #expect(evidence.retryable == (body.first == "{") && evidence.cfRay == Self.ray + "-FRA")
        }
    }

    @Test("the wish is the header's, or else the document's")
    func wish() {
        let body = Self.json(522, "connection_timeout", "origin")
        #expect(Self.judge(522, body).retryAfter == .seconds(120))
        #expect(Self.judge(522, body).evidence?.retryAfter == 120)
        #expect(Self.judge(522, body, retryAfter: "30").retryAfter == .seconds(30))
        #expect(Self.judge(522, body, retryAfter: "soon").retryAfter == .seconds(120))
        #expect(Self.judge(522, "", retryAfter: "45").retryAfter == .seconds(45))
        #expect(Self.judge(522, "").retryAfter == nil)
        #expect(Self.judge(302, "", retryAfter: "45").retryAfter == .seconds(45))
        #expect(Self.judge(404, "", retryAfter: "45").retryAfter == .seconds(45))
        #expect(Self.judge(200, "", retryAfter: "45").retryAfter == nil)
        let proxys = Self.judge(520, "", server: nil, ray: nil, retryAfter: "45", flags: .viaProxy)
        #expect(proxys.outcome == .inconclusive && proxys.retryAfter == nil)
    }

    struct Text: Sendable, CustomTestStringConvertible {
        var name: String
        var status: Int32 = 502
        var body = EdgeDocumentTests.json(520, "origin_error", "origin")
        var server: String? = "cloudflare"
        var ray: String? = EdgeDocumentTests.ray + "-FRA"
        var outcome = Outcome.serverError
        var testDescription: String { name }
    }

    static let texts: [Text] = [
        Text(name: "another ray: an origin passes on what it was told", ray: "9f3e5c1a7b2d4e61-FRA"),
        Text(name: "no ray", ray: nil), Text(name: "a ray that is none", ray: "9f3e5c1a7b2d4e60-fra"),
        Text(name: "another server", server: "nginx"),
        Text(name: "a short ray in it", body: json(520, "x", "origin", ray: "9f3e5c1a7b2d4e6")),
        Text(name: "its ray with the data centre", body: json(520, "x", "origin", ray: ray + "-FRA")),
        Text(name: "no ray in it", body: #"{"cloudflare_error":true,"error_code":520}"#),
        Text(name: "not called Cloudflare's", body: #"{"error_code":520,"ray_id":"9f3e5c1a7b2d4e60"}"#),
        Text(
            name: "called not Cloudflare's",
            body: #"{"cloudflare_error":false,"error_code":520,"ray_id":"9f3e5c1a7b2d4e60"}"#),
        Text(name: "a 52x code with a 4xx", status: 403, outcome: .blocked),
        Text(name: "a 1xxx code with a 404", status: 404, body: json(1015, "rate_limited", "x"), outcome: .gone),
        Text(name: "a 1xxx code with a 401", status: 401, body: json(1015, "rate_limited", "x"), outcome: .blocked),
        Text(name: "a page that quotes one", body: "<pre>" + json(520, "x", "origin") + "</pre>"),
        Text(name: "an array", body: "[" + json(520, "x", "origin") + "]"),
    ]

    @Test("whatever is not signed, or cannot be, is text", arguments: texts)
    func text(_ entry: Text) {
        let judged = Self.judge(entry.status, entry.body, server: entry.server, ray: entry.ray)
        #expect(judged.outcome == entry.outcome && !judged.byEdge)
        #expect(judged.evidence?.errorName == nil && judged.evidence?.cfCode == nil && judged.retryAfter == nil)
        #expect(
            Self.judge(520, entry.body, server: entry.server, ray: entry.ray).grade != .genuine || entry.status != 502)
    }

    @Test(
        "a document that is cut says what stands before the cut, and nothing that may go on", arguments: [true, false])
    func cut(isJSON: Bool) {
        let whole = Array(
            (isJSON ? Self.json(522, "connection_timeout", "origin") : Self.markdown(522, "connection_timeout")).utf8)
        var seen: Set<String> = []
        for length in 0...whole.count {
            let document = EdgeDocument(Array(whole.prefix(length)), status: 522, ray: Self.ray + "-FRA")
            guard let document else { continue }
            #expect(document.code == 522 && document.name == "connection_timeout" && document.category == "origin")
            seen.insert("\(document.isRetryable as Bool?) \(document.retryAfter as Duration?)")
            if let wait = document.retryAfter { #expect(wait == .seconds(isJSON ? 120 : 60)) }
        }
        #expect(!seen.isEmpty)
        let long = String(repeating: "x", count: 8000)
        let padded = Self.json(522, "connection_timeout", "origin", more: #","more":"\#(long)""#)
        #expect(Self.judge(503, padded).outcome == .connectTimeout)
    }

    @Test(
        "no bytes trap, and what is no word is not shown",
        arguments: [
            "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"\\", "{\"a\":[[[[", "{\"a\":{\"b\":\"", "{\"a\":1",
            "{,}",
            "---", "---\n", "---\n:\n", "---\nray_id:", "---\n\u{0}: \u{0}\n---\n", "-", "\u{FEFF}{",
            "{\"error_code\":99999999999999999999}",
            String(repeating: "{\"a\":", count: 700), String(repeating: "[", count: 4096),
        ])
    func hostile(body: String) {
        #expect(Self.judge(520, body).grade == .probable)
        #expect(Self.judge(403, body).outcome == .blocked)
        let named = Self.json(522, "a\u{1B}[31m", String(repeating: "b", count: 65))
        let evidence = Self.judge(522, named).evidence
        #expect(evidence?.cfCode == 522 && evidence?.errorName == nil && evidence?.errorCategory == nil)
    }

    @Test("seeded bytes in the middle of a document never trap, and never change the class of a plain status")
    func mutated() {
        let whole = Array(Self.json(522, "connection_timeout", "origin").utf8)
        var state: UInt64 = 88_172_645_463_325_252
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<3 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes[Int(state % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: state >> 32)
            }
            let document = EdgeDocument(bytes, status: 500, ray: Self.ray)
            if let code = document?.code { #expect(EdgeCode.fits(code, 500)) }
        }
    }

    @Test("of pages the codes count where those of documents do: at 403, 409, 429 and any 5xx")
    func pages() {
        #expect(Self.judge(502, "error code: 1016").outcome == .edgeResolve)
        #expect(Self.judge(409, "error code: 1033").outcome == .edgeResolve)
        #expect(Self.judge(404, "error code: 1016").outcome == .gone)
        #expect(Self.judge(502, "error code: 1016", server: "nginx", ray: nil).outcome == .serverError)
        #expect(Self.judge(530, "error code: 1015").outcome == .throttled)
        #expect(Self.judge(503, "error code: 1015").throttle == 1015)
        #expect(Self.judge(503, "error code: 1015", server: "nginx", ray: nil).outcome == .serverError)
        #expect(Self.judge(404, "error code: 1015").outcome == .gone)
        #expect(Self.judge(500, "error code: 1101").outcome == .serverError)
        #expect(Self.judge(429, "error code: 1027").throttle == 1027)
    }
}
