import CrawlCore
import Testing

/// What our own recorder did to a transfer says nothing of the server, whatever came of it.
struct RecorderMarksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var status: Int32 = 200
        var code: Int32
        var version = HTTPVersion.http11
        var flags: FetchResult.Flags = []
        /// Without a mark.
        var otherwise: Outcome
    }

    static let cases = [
        Case(testDescription: "a cut page", code: 18, otherwise: .truncated),
        Case(testDescription: "our limit of time", code: 28, otherwise: .truncated),
        Case(testDescription: "a cut error", status: 404, code: 56, otherwise: .gone),
        Case(testDescription: "a cut 503", status: 503, code: 18, otherwise: .throttled),
        Case(testDescription: "a stream that was reset", code: 92, version: .http2, otherwise: .unknownOriginError),
        Case(testDescription: "ended by us for harm", code: 56, flags: .overhead, otherwise: .truncated),
    ]

    private func result(_ test: Case, _ mark: FetchResult.Flags) -> FetchResult {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.status = test.status
        result.curlCode = test.code
        result.httpVersion = test.version
        result.flags = test.flags.union([.connected, .firstByte, .headersComplete, .bodyStarted]).union(mark)
        var details = FetchDetails()
        details.errorText = "libcurl's words"
        details.retryAfter = "100"
        result.details = details
        return result
    }

    @Test(arguments: cases, [FetchResult.Flags.pausedByUs, .recordingFailed])
    func marked(test: Case, mark: FetchResult.Flags) {
        let plain = result(test, [])
        let spoilt = result(test, mark)
        #expect(OutcomeClassifier().classify(plain).outcome == test.otherwise)
        let judged = OutcomeClassifier().classify(spoilt)
        #expect(judged.outcome == .inconclusive && judged.retryAfter == nil)
        #expect(plain.failedOverHTTP2 == (test.version == .http2))
        #expect(!spoilt.failedOverHTTP2, "HTTP/2 is not to blame either")
        let isPaused = mark == .pausedByUs
        #expect(
            judged.evidence?.error
                == (isPaused
                    ? "after waiting for our disk: libcurl's words"
                    : "the answer could not be recorded, and was cut off"))
    }
}
