import CrawlCore
import CrawlFetch
import CrawlTesting
import Testing

/// The table "straight to an origin" of the health rules, over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct FailureTableTests {
    @Test(arguments: FailureCase.plain + FailureCase.tls)
    func row(_ row: FailureCase) async throws {
        let origin = try await MisbehavingOrigin.start(transport: row.transport, onAccept: row.onAccept)
        origin.on("/x", row.behaviour)
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness {
            $0.caFile = caFile
            // Pinned: what HTTP/2 does is seen, not what HTTP/1.1 makes good.
            if row.http2 { $0.profiles = [.http2] }
            $0.maxHeaderBytes = row.maxHeaderBytes
            guard row.codes == [28] else { return }
            $0.connectTimeout = .milliseconds(400)
            $0.responseTimeout = .milliseconds(500)
            $0.totalTimeout = .milliseconds(700)
        }
        let url = row.forcesHTTPS ? "https://127.0.0.1:\(origin.port)/x" : origin.url("/x")
        let result = await harness.fetch(url, route: FetchRoute(profile: row.http2 ? 0 : nil))
        let about = "code \(result.curlCode) errno \(result.osErrno) \(result.details?.errorText ?? "-")"
        #expect(row.codes.contains(result.curlCode), "\(about)")
        #expect(result.status == row.status, "\(about)")
        #expect(result.flags.isSuperset(of: row.flags), "\(result.flags), \(about)")
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == row.outcome, "\(about)")
        #expect(judged.kind == row.kind)
        #expect(judged.grade == row.grade)
        #expect(judged.evidence != nil)
        let strict = OutcomeClassifier(directEquivalents: false).classify(result)
        #expect(strict.outcome == (row.outcome == .unknownOriginError ? .serverError : row.outcome))
        await origin.stop()
    }

    @Test func refused() async throws {
        // A port that was free a moment ago.
        let origin = try await MisbehavingOrigin.start()
        await origin.stop()
        let result = await FetchHarness().fetch(origin.url("/"))
        #expect(result.curlCode == 7)
        #expect(result.osErrno == 111)
        #expect(!result.flags.contains(.connected))
        #expect(result.remoteAddress == nil)
        #expect(OutcomeClassifier().classify(result).outcome == .originDown)
    }

    @Test func connectTimeout() async throws {
        let full = try #require(FullBacklog())
        let harness = FetchHarness { $0.connectTimeout = .milliseconds(200) }
        let result = await harness.fetch("http://127.0.0.1:\(full.port)/")
        #expect(result.curlCode == 28)
        #expect(!result.flags.contains(.connected))
        #expect(OutcomeClassifier().classify(result).outcome == .connectTimeout)
    }

    /// Our own clock runs out before libcurl's: the same facts.
    @Test func connectTimeoutByTheResponseLimit() async throws {
        let full = try #require(FullBacklog())
        let harness = FetchHarness { $0.responseTimeout = .milliseconds(200) }
        let result = await harness.fetch("http://127.0.0.1:\(full.port)/")
        #expect(result.curlCode == 28)
        #expect(OutcomeClassifier().classify(result).outcome == .connectTimeout)
    }

    @Test func unknownName() async {
        let result = await FetchHarness().fetch("http://nowhere.invalid/")
        #expect(result.curlCode == 6)
        // Which of the two, depends on whether this machine has a resolver.
        let isDown = result.flags.contains(.resolverDown)
        #expect(OutcomeClassifier().classify(result).outcome == (isDown ? .inconclusive : .unreachable))
    }
}

extension RequestProfile {
    static let http2: RequestProfile = {
        var profile = RequestProfile()
        profile.http = .http2
        return profile
    }()
}
