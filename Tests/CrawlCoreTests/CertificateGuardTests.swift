import CrawlCore
import Testing

struct CertificateGuardTests {
    private func refused(_ certificates: inout CertificateGuard, by origin: Int64) -> Outcome {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.curlCode = 60
        result.flags = [.https, .connected]
        return certificates.judge(OutcomeClassifier().classify(result), result, origin: origin).outcome
    }

    private func trusted(_ certificates: inout CertificateGuard) {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.status = 200
        result.flags = [.https, .connected, .tlsEstablished, .firstByte, .headersComplete]
        #expect(certificates.judge(OutcomeClassifier().classify(result), result, origin: 99).outcome == .success)
    }

    @Test("one origin's certificate stays its own fault, however often it is asked")
    func one() {
        var certificates = CertificateGuard()
        for _ in 0..<20 { #expect(refused(&certificates, by: 1) == .tlsCertificate) }
    }

    @Test("the fifth origin in a row shows that it is our store; one that is trusted ends that")
    func store() {
        var certificates = CertificateGuard()
        for origin in 1...4 { #expect(refused(&certificates, by: Int64(origin)) == .tlsCertificate) }
        #expect(refused(&certificates, by: 5) == .inconclusive)
        #expect(refused(&certificates, by: 1) == .inconclusive)
        trusted(&certificates)
        #expect(refused(&certificates, by: 1) == .tlsCertificate)
    }

    @Test("an edge's 526 is not about our store")
    func edge() {
        var certificates = CertificateGuard()
        for origin in 1...9 {
            var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
            result.status = 526
            result.flags = [.connected, .firstByte, .headersComplete]
            let judged = certificates.judge(OutcomeClassifier().classify(result), result, origin: Int64(origin))
            #expect(judged.outcome == .tlsCertificate)
        }
    }
}
