import Testing

@testable import CrawlCore

/// Fetching while our own machine has no sockets to give.
struct LocalLimitTests {
    private static let emfile: Int32 = 24
    private var limit = LocalLimit()

    private func seconds(_ seconds: Double) -> Instant { Instant(ms: Int64(seconds * 1000)) }

    @Test("nothing holds as long as no socket fails")
    mutating func idle() {
        limit.started(1)
        limit.gotSocket(1, most: 8, now: seconds(1))
        #expect(limit.start(seconds(1)) == .now)
        #expect(limit.takeNews() == [])
    }

    @Test("after a failure one request tries, and each that gets its socket lets twice as many")
    mutating func recovery() {
        limit.failed(1, errno: Self.emfile, now: seconds(10))
        #expect(limit.start(seconds(10)) == .at(seconds(10.25)))
        #expect(limit.start(seconds(10.25)) == .now)
        limit.started(2)
        #expect(limit.start(seconds(11)) == .afterAnswer)
        limit.gotSocket(2, most: 8, now: seconds(11))
        for ticket: Int64 in [3, 4] {
            #expect(limit.start(seconds(11)) == .now)
            limit.started(ticket)
        }
        #expect(limit.start(seconds(11)) == .afterAnswer)
        limit.gotSocket(3, most: 8, now: seconds(11))
        #expect(limit.pause != nil)
        limit.gotSocket(4, most: 8, now: seconds(12))
        #expect(limit.pause == nil)
        #expect(limit.start(seconds(12)) == .now)
        #expect(
            limit.takeNews() == [
                .began(.init(since: seconds(10), errno: Self.emfile, until: seconds(10.25))),
                .ended(.init(since: seconds(10), errno: Self.emfile, until: nil), at: seconds(12)),
            ])
        #expect(limit.takeNews() == [])
    }

    @Test("each try that fails waits twice as long, up to 30 s, and nothing more is told")
    mutating func growingWaits() {
        limit.failed(0, errno: Self.emfile, now: seconds(0))
        _ = limit.takeNews()
        var now = seconds(0)
        var waits: [Int64] = []
        for ticket: Int64 in 1...9 {
            guard case .at(let next) = limit.start(now) else { break }
            waits.append((next - now).ms)
            now = next
            limit.started(ticket)
            limit.failed(ticket, errno: Self.emfile, now: now)
        }
        #expect(waits == [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
        #expect(limit.takeNews() == [])
        #expect(limit.pause?.since == seconds(0))
    }

    @Test("those that were under way when it began change nothing")
    mutating func lateFailures() {
        limit.failed(1, errno: Self.emfile, now: seconds(0))
        for ticket: Int64 in 2...500 { limit.failed(ticket, errno: Self.emfile, now: seconds(0.1)) }
        limit.gotSocket(501, most: 8, now: seconds(0.1))
        #expect(limit.start(seconds(0.2)) == .at(seconds(0.25)))
    }

    @Test("a try that says nothing of sockets makes room for the next")
    mutating func noNews() {
        limit.failed(1, errno: Self.emfile, now: seconds(0))
        limit.started(2)
        limit.ended(2)
        #expect(limit.start(seconds(1)) == .now)
        #expect(limit.pause != nil)
    }

    @Test("a failure soon after the end of another goes on with its waits, a later one begins anew")
    mutating func relapse() {
        for (at, wait) in [(0.0, 0.25), (30, 0.5), (59, 1), (200, 0.25)] {
            limit.failed(1, errno: Self.emfile, now: seconds(at))
            #expect(limit.start(seconds(at)) == .at(seconds(at + wait)))
            limit.started(2)
            limit.gotSocket(2, most: 2, now: seconds(at + 1))
            #expect(limit.pause == nil)
        }
    }

    @Test("with nothing to start it ends a minute after the last failure")
    mutating func idleCrawl() {
        limit.failed(1, errno: Self.emfile, now: seconds(10))
        #expect(limit.expiresAt == seconds(70))
        limit.expire(seconds(69.999))
        #expect(limit.pause != nil)
        limit.expire(seconds(70))
        #expect(limit.pause == nil && limit.expiresAt == nil)
        #expect(
            limit.takeNews().last
                == .ended(.init(since: seconds(10), errno: Self.emfile, until: seconds(10.25)), at: seconds(70)))
    }

    @Test("as long as one tries it does not end by itself")
    mutating func stillTrying() {
        limit.failed(1, errno: Self.emfile, now: seconds(10))
        limit.started(2)
        limit.expire(seconds(500))
        #expect(limit.pause != nil && limit.expiresAt == nil)
        limit.ended(2)
        limit.expire(seconds(500))
        #expect(limit.pause == nil)
    }

    @Test("connections that stand count once a socket was had, and not before")
    mutating func reusedConnections() {
        limit.failed(1, errno: Self.emfile, now: seconds(0))
        limit.started(2)
        limit.usedConnection(2, most: 4, now: seconds(1))
        #expect(limit.start(seconds(1)) == .afterAnswer)
        limit.ended(2)
        limit.started(3)
        limit.gotSocket(3, most: 4, now: seconds(1))
        limit.started(4)
        #expect(limit.pause != nil)
        limit.usedConnection(4, most: 4, now: seconds(2))
        #expect(limit.pause == nil)
    }

    @Test("a clock that is set back keeps nothing waiting")
    mutating func clockSetBack() {
        limit.failed(1, errno: Self.emfile, now: seconds(10_000))
        limit.move(by: .seconds(-3600))
        #expect(limit.start(seconds(6400.25)) == .now)
    }
}
