import CrawlTesting
import Testing

@testable import CrawlCore

/// Which ends of a request over HTTP/2 may be HTTP/2's.
struct EndedOverHTTP2Tests {
    private func result(_ code: Int32, _ flags: FetchResult.Flags, _ version: HTTPVersion = .http2) -> FetchResult {
        var result = FetchResult(ticket: 1, startedAt: at(0), completedAt: at(0))
        result.curlCode = code
        result.flags = flags
        result.httpVersion = version
        return result
    }

    @Test(
        "of those that we ended ourselves all, whatever libcurl then says",
        arguments: [FetchResult.Flags.stalledInParser, .overhead], [Int32(7), 28, 42, 56, 92])
    func endedByUs(flag: FetchResult.Flags, code: Int32) {
        #expect(result(code, flag).failedOverHTTP2)
        #expect(!result(code, [flag, .cancelled]).failedOverHTTP2)
        #expect(!result(code, flag, .http11).failedOverHTTP2)
        var redirect = result(code, [flag, .headersComplete])
        redirect.status = 301
        redirect.details = FetchDetails()
        redirect.details?.redirectURL = "http://elsewhere.test/"
        redirect.details?.location = "http://elsewhere.test/"
        #expect(redirect.failedOverHTTP2 == !redirect.leadsElsewhere)
    }

    @Test("of all others some", arguments: [(Int32(7), false), (28, false), (42, false), (56, true), (92, true)])
    func others(code: Int32, isHTTP2s: Bool) {
        #expect(result(code, .connected).failedOverHTTP2 == isHTTP2s)
    }
}
