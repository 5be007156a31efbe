import CConnect
import CrawlCore
import CrawlFetch
import CrawlTesting
import Glibc
import Testing

/// What connect(2) fails with, given to libcurl in the kernel's place: also what no kernel can be brought to say here.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ConnectInjectionTests {
    @Test(
        "whatever connect(2) fails with",
        arguments: [
            (EPERM, Outcome.inconclusive, false), (EACCES, .inconclusive, false), (EADDRINUSE, .inconclusive, false),
            (EADDRNOTAVAIL, .inconclusive, false), (EAFNOSUPPORT, .inconclusive, false), (EINVAL, .inconclusive, false),
            (ENETDOWN, .inconclusive, false), (ENOTSOCK, .inconclusive, false), (EPROTOTYPE, .inconclusive, false),
            (ENOMEM, .inconclusive, true), (ENOBUFS, .inconclusive, true), (EMFILE, .inconclusive, true),
            (ENFILE, .inconclusive, true), (ECONNREFUSED, .originDown, false), (ETIMEDOUT, .connectTimeout, false),
            (ENETUNREACH, .unreachable, false), (EHOSTUNREACH, .unreachable, false), (EHOSTDOWN, .unreachable, false),
            (ECONNRESET, .unknownOriginError, false), (ECONNABORTED, .unknownOriginError, false),
        ])
    func injected(number: Int32, outcome: Outcome, isLimit: Bool) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200))
        let harness = FetchHarness()
        let port = try #require(UInt16(exactly: origin.port))
        cconnect_fail(port, number)
        let result = await harness.fetch(origin.url("/"))
        cconnect_fail(0, 0)
        #expect(result.curlCode == (number == ETIMEDOUT ? 28 : 7))
        #expect(result.osErrno == number)
        #expect(OutcomeClassifier().classify(result).outcome == outcome)
        #expect(result.metLocalLimit == isLimit)
        #expect(origin.requests.isEmpty)
        #expect(await harness.fetch(origin.url("/")).status == 200)
        await origin.stop()
    }
}
