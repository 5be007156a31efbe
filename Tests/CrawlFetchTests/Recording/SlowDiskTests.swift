import CrawlCore
import CrawlFetch
import CrawlOutput
import CrawlTesting
import Crypto
import Testing

/// A disk that is slower than the network makes transfers wait; that is nobody's fault but ours.
@Suite(.timeLimit(.minutes(2)))
struct SlowDiskTests {
    enum Layer: String, CaseIterable, Sendable {
        case plain = "HTTP/1.1"
        case tls = "HTTP/1.1 over TLS"
        case http2 = "HTTP/2"

        var transport: MisbehavingOrigin.Transport {
            switch self {
            case .plain: .plain
            case .tls: .tls(.good)
            case .http2: .http2(.good)
            }
        }
    }

    static let body: [UInt8] = {
        var random = SeededRandom(seed: 15)
        return (0..<700_001).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }()

    /// Lets the disk take a piece at a time until there is a result.
    private func result(_ ticket: Int64, _ trial: RecordingTrial) async -> FetchResult {
        #expect(
            await eventually(every: .milliseconds(1)) {
                trial.disk.run()
                return trial.harness.has(ticket)
            })
        return await trial.harness.results(ticket, count: 1)[0]
    }

    /// The first piece is on its way to the disk, and nothing more is taken.
    private func waitUntilHeld(_ trial: RecordingTrial) async {
        #expect(await eventually { trial.disk.count == 1 })
    }

    /// With another request in flight long bodies have to take turns too: the two ways to wait meet.
    @Test("nothing is lost and nothing doubled", arguments: Layer.allCases, [false, true])
    func goesOn(layer: Layer, hasCompany: Bool) async throws {
        let origin = try await MisbehavingOrigin.start(transport: layer.transport)
        let quiet = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: Self.body))
        quiet.onEverythingElse(.silence)
        let trial = try RecordingTrial(isHeld: true)
        let company = hasCompany ? trial.harness.begin([quiet.url("/x")]) : nil
        if hasCompany { await quiet.wait(1) }
        let result = await result(trial.harness.begin([origin.url("/x")]), trial)
        #expect(result.curlCode == 0 && result.bodyBytes == Int64(Self.body.count))
        #expect(result.digest == Digest256(Array(SHA256.hash(data: Self.body))))
        #expect(result.flags.isDisjoint(with: [.pausedByUs, .recordingFailed, .overhead]))
        #expect(OutcomeClassifier().classify(result).outcome == .success)
        let recorded = try await trial.exchange(result)
        #expect(recorded.hasPaused && recorded.exchange.end == .whole)
        #expect(recorded.body == Self.body)
        if let company {
            trial.harness.pool.cancelAll()
            _ = await trial.harness.results(company, count: 1)
        }
        await origin.stop()
        await quiet.stop()
    }

    @Test("while one waits for the disk, others do not", arguments: Layer.allCases)
    func othersGoOn(layer: Layer) async throws {
        let origin = try await MisbehavingOrigin.start(transport: layer.transport)
        origin.on("/x", .status(200, body: Self.body))
        origin.on("/y", .status(200, text: "small"))
        let trial = try RecordingTrial(isHeld: true) { $0.sharesConnections = true }
        let ticket = trial.harness.begin([origin.url("/x")])
        await waitUntilHeld(trial)
        for _ in 0..<20 { #expect(try await trial.fetch(origin.url("/y")).text == "small") }
        let result = await result(ticket, trial)
        #expect(try await trial.exchange(result).body == Self.body)
        await origin.stop()
    }

    struct End: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var ending: OriginBehaviour.Ending
        var status = 200
        var code: Int32
        var end: ExchangeEnd
        /// What it is when nobody had to wait.
        var otherwise: Outcome
    }

    static let ends = [
        End(
            testDescription: "the connection ends", ending: .close, code: 18, end: .disconnect,
            otherwise: .truncated),
        End(testDescription: "nothing more comes", ending: .keepOpen, code: 28, end: .time, otherwise: .truncated),
        End(
            testDescription: "the body of an error is cut", ending: .close, status: 404, code: 18, end: .disconnect,
            otherwise: .gone),
    ]

    @Test("what does not end well after it had to wait says nothing of the server", arguments: ends, [false, true])
    func cut(test: End, isHeld: Bool) async throws {
        let origin = try await MisbehavingOrigin.start()
        let head = "HTTP/1.1 \(test.status) Test\r\nContent-Length: 1000000\r\n\r\n"
        origin.on("/x", .rawBytes(Array(head.utf8) + Self.body, then: test.ending))
        let trial = try RecordingTrial(isHeld: isHeld) { $0.totalTimeout = .seconds(3) }
        let ticket = trial.harness.begin([origin.url("/x")])
        if isHeld { await waitUntilHeld(trial) }
        let result = await result(ticket, trial)
        #expect(result.curlCode == test.code)
        #expect(result.flags.contains(.pausedByUs) == isHeld)
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == (isHeld ? .inconclusive : test.otherwise))
        #expect((judged.evidence?.error?.contains("our disk") ?? false) == isHeld)
        let recorded = try await trial.exchange(result)
        #expect(recorded.exchange.end == test.end && recorded.body == Self.body)
        await origin.stop()
    }

    @Test(
        "our limit of time that passes while a disk takes nothing is not the server's doing", arguments: Layer.allCases)
    func timeout(layer: Layer) async throws {
        let origin = try await MisbehavingOrigin.start(transport: layer.transport)
        origin.on("/x", .status(200, body: Self.body))
        let trial = try RecordingTrial(isHeld: true) { $0.totalTimeout = .seconds(1) }
        let result = await trial.harness.fetch(origin.url("/x"))
        #expect(result.curlCode == 28 && result.flags.contains(.pausedByUs))
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive)
        let recorded = try await trial.exchange(result)
        #expect(recorded.exchange.end == .time && Int64(recorded.body.count) == result.bodyBytes)
        #expect(recorded.body == Array(Self.body.prefix(recorded.body.count)))
        // The slot of a request that is over may serve another one.
        trial.disk.run()
        origin.on("/y", .status(200, text: "small"))
        #expect(try await trial.fetch(origin.url("/y")).text == "small")
        await origin.stop()
    }

    @Test("what comes to our limit of bytes has come there, however long it took")
    func tooLarge() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: Self.body))
        let trial = try RecordingTrial(isHeld: true) { $0.maxBody = 300_000 }
        let result = await result(trial.harness.begin([origin.url("/x")]), trial)
        #expect(OutcomeClassifier().classify(result).outcome == .tooLarge)
        let recorded = try await trial.exchange(result)
        #expect(recorded.hasPaused && recorded.exchange.end == .length)
        #expect(recorded.body == Array(Self.body.prefix(300_000)))
        await origin.stop()
    }

    @Test("a request that is cancelled while it waits leaves nothing")
    func cancelled() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: Self.body))
        let trial = try RecordingTrial(isHeld: true)
        let ticket = trial.harness.begin([origin.url("/x")])
        await waitUntilHeld(trial)
        trial.harness.pool.cancelAll()
        #expect(await trial.harness.results(ticket, count: 1)[0].flags.contains(.cancelled))
        trial.disk.run()
        #expect(trial.recorder.count == 0 && trial.spool.usedBytes == 0)
        // What the disk says now is about nobody.
        origin.on("/y", .status(200, text: "small"))
        #expect(try await trial.fetch(origin.url("/y")).text == "small")
        await origin.stop()
    }

    @Test("an answer that cannot be recorded ends, and nobody is to blame", arguments: [200, 404, 503])
    func full(status: Int) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(status, body: Self.body))
        let trial = try RecordingTrial(limit: 100_000)
        let result = await trial.harness.fetch(origin.url("/x"))
        #expect(result.status == Int32(status) && result.flags.contains(.recordingFailed))
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .inconclusive)
        #expect(judged.evidence?.error?.contains("could not be recorded") == true)
        #expect(trial.recorder.count == 0)
        #expect(await eventually { trial.spool.usedBytes == 0 })
        #expect(trial.recorder.takeFailure()?.isLackOfRoom == true)
        #expect(trial.recorder.takeFailure() == nil)
        origin.on("/y", .status(200, text: "small"))
        #expect(try await trial.fetch(origin.url("/y")).text == "small")
        await origin.stop()
    }
}
