import CrawlCore
import CrawlTesting
import Testing

/// The edge's own words over a real connection: header and document reach the judgement.
@Suite(.timeLimit(.minutes(1)))
struct EdgeDocumentFetchTests {
    @Test(
        "a 502 with a signed document of 522 is a connect time-out that asks for its wait; what follows 4 KiB is not read"
    )
    func document() async throws {
        let origin = try await MisbehavingOrigin.start()
        let ray = "9f3e5c1a7b2d4e60"
        let document =
            #"{"cloudflare_error":true,"error_code":522,"error_name":"connection_timeout","ray_id":"\#(ray)","# + "\n"
            + #""error_category":"origin","retryable":true,"retry_after":120,"more":"\#(String(repeating: "x", count: 9000))"}"#
        let headers = [
            ("Server", "cloudflare"), ("CF-RAY", ray + "-FRA"), ("Content-Type", "application/problem+json"),
        ]
        origin.on("/document", .status(502, headers: headers, text: document))
        origin.on("/header", .status(522, headers: headers + [("Retry-After", "60")], text: "<html>"))
        let results = await FetchHarness().fetch([origin.url("/document"), origin.url("/header")])
        let judged = results.map { OutcomeClassifier().classify($0) }
        #expect(judged.map(\.outcome) == [.connectTimeout, .connectTimeout])
        #expect(judged.map(\.retryAfter) == [.seconds(120), .seconds(60)])
        #expect(judged[0].evidence?.errorName == "connection_timeout" && judged[0].evidence?.errorCategory == "origin")
        #expect(results[0].details?.bodyHead.count == 4096)
        await origin.stop()
    }
}
