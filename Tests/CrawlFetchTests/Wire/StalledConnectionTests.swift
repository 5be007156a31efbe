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

    @Test("two requests on a used HTTP/2 connection: both end with it, and may be asked over HTTP/1.1, not by libcurl")
    func sharedHTTP2() async throws {
        let origin = try await MisbehavingOrigin.start(transport: .http2(.good))
        origin.on("/page", .status(200))
        origin.onEverythingElse(.http2(.unknownFrames(count: 0, times: 0, everyMs: 1)))  // silence
        let caFile = try TestCertificates.shared.get().caFile
        let harness = FetchHarness { $0.caFile = caFile }
        #expect(await harness.fetch(origin.url("/page")).httpVersion == .http2)
        let ticket = harness.begin([origin.url("/a"), origin.url("/b")])
        await origin.wait(3)
        let worker = try #require(harness.pool.all.first)
        let requests = worker.queue.sync { worker.commons.connections.all.first?.slots.count }
        let book = worker.watched.book
        #expect(requests == 2 && book.all.count == 1)
        #expect(book.stall(try #require(book.all.first)))
        for result in await harness.results(ticket, count: 2) {
            #expect(result.flags.isSuperset(of: [.stalledInParser, .reusedConnection]), "\(result)")
            // The scheduler asks for the repeat, see `EndedOverHTTP2Tests`; the worker must not.
            #expect(result.failedOverHTTP2 && !result.flags.contains(.retriedOverHTTP1), "\(result)")
            #expect(OutcomeClassifier().classify(result).evidence?.connectionEnd == "stalled-in-parser")
            var route = FetchRoute(http1: true)
            route.isApart = true
            origin.onEverythingElse(.status(200, text: "a page"))
            let again = await harness.fetch(origin.url("/again"), route: route)
            #expect(again.status == 200 && again.httpVersion == .http11)
        }
        #expect(Array(origin.requests.map(\.isHTTP2).prefix(4)) == [true, true, true, false])
        #expect(Set(origin.requests.prefix(3).map(\.connection)).count == 1 && origin.requests.count == 5)
        harness.pool.cancelAll()
        await origin.stop()
    }
}
