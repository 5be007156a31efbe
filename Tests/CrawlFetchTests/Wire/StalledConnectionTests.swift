import CrawlTesting
import Dispatch
import Testing

@testable import CrawlCore
@testable import CrawlFetch
@testable import CurlKit

/// What becomes of the requests of a connection that was shut for a stall, by the mark alone.
@Suite(.timeLimit(.minutes(1)))
struct StalledConnectionTests {
    @Test("an answer that is whole all the same counts as it is, and its origin is asked apart")
    func wholeAnswer() async throws {
        let peer = try FloodingPeer([
            .init(atOnce: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", later: Array("hello".utf8), times: 1)
        ])
        let harness = FetchHarness()
        let ticket = harness.begin([peer.url])
        let worker = try #require(harness.pool.all.first)
        let isMarked = await eventually {
            worker.queue.sync {
                guard let connection = worker.slots.first?.pointee.connection, connection.key != nil else {
                    return false
                }
                connection.marks.insert(.stalledInParser)
                return true
            }
        }
        #expect(isMarked)
        peer.letGo()
        let result = await harness.results(ticket, count: 1)[0]
        #expect(result.curlCode == 0 && result.status == 200 && result.bodyBytes == 5, "\(result)")
        #expect(result.flags.contains(.overdrew) && !result.flags.contains(.stalledInParser))
        let judged = OutcomeClassifier().classify(result)
        #expect(judged.outcome == .success && judged.evidence?.connectionEnd == nil)
        var quarantine = Quarantine()
        quarantine.note(result, of: 1, isOwn: true, kind: .good, now: result.completedAt) { _ in false }
        #expect(quarantine.stay(of: 1, result.completedAt)?.reason == .overdrew)
        // Without the mark nothing is wrong with it.
        let plain = try FloodingPeer([.page])
        #expect(await harness.fetch(plain.url).flags.isDisjoint(with: [.overdrew, .stalledInParser]))
        for each in [peer, plain] { each.stop() }
    }
}
