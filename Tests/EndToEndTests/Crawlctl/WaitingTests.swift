import ArgumentParser
import ControlAPI
import CrawlTesting
import Foundation
import Testing

@testable import crawlctl

/// A daemon that keeps crawlctl waiting.
@Suite struct WaitingTests {
    @Test("after two seconds it is said once, at the limit it is given up; a sign of life begins anew")
    func patience() {
        var patience = Patience(limit: 30_000, now: 100)
        #expect(patience.step(now: 2_099) == .wait)
        #expect(patience.step(now: 2_100) == .say)
        #expect(patience.step(now: 30_099) == .wait)
        patience.heard(now: 30_099)
        #expect(patience.step(now: 60_098) == .wait)
        #expect(patience.step(now: 60_099) == .giveUp)
        var endless = Patience(limit: nil, now: 0)
        #expect(endless.step(now: 1 << 50) == .say)
        #expect(endless.step(now: 1 << 51) == .wait)
        var short = Patience(limit: 500, now: 0)
        #expect(short.step(now: 500) == .giveUp)
    }

    /// A clock that goes on by a second at every look.
    private final class Clock {
        var now: Int64 = 0
        func next() -> Int64 {
            now += 1000
            return now
        }
    }

    private func waiting(
        _ path: String, timeout: Int64? = nil, writes: Bool = false, said: @escaping (String) -> Void
    ) -> Waiting {
        let clock = Clock()
        return Waiting(path: path, timeout: timeout, writes: writes, clock: clock.next, say: said)
    }

    @Test(
        "reads wait 30 s, writes as long as it takes, both as long as they are told",
        arguments: [
            (nil, false, "up to 30s"), (nil, true, "as long as it takes: --timeout sets an end"),
            (60_000, true, "up to 1m"), (0, false, "as long as it takes: --timeout sets an end"),
        ] as [(Int64?, Bool, String)])
    func limits(timeout: Int64?, writes: Bool, end: String) throws {
        var said: [String] = []
        let waiting = waiting("/s", timeout: timeout, writes: writes) { said.append($0) }
        for _ in 0..<20 { try waiting.tick(.answering) }
        #expect(said == ["waiting for the daemon at /s to answer, \(end)"])
    }

    @Test(
        "a socket that accepts and never answers: said, then exit 75 with what to do; of a write that it may be stored")
    func silent() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let listener = try UnixSockets.listen(path: path)
        defer { close(listener) }
        for writes in [false, true] {
            var said: [String] = []
            let waiting = waiting(path, timeout: 5_000, writes: writes) { said.append($0) }
            try SocketProbe.check(path, waiting)
            let connection = SocketConnection(path: path, waiting: waiting)
            #expect {
                _ = try connection.request(APIRequest(writes ? .post : .get, Routes.status))
            } throws: { error in
                guard let failure = error as? CtlFailure else { return false }
                return failure.reason == .tryAgain
                    && failure.message.hasPrefix("the daemon at \(path) has not answered for 5s: it hangs")
                    && failure.message.contains("may be stored; sending it again is safe") == writes
                    && failure.message.contains("--timeout 5m")
            }
            #expect(said == ["waiting for the daemon at \(path) to answer, up to 5s"])
        }
    }

    @Test("a socket that takes no connection: the same, and it is the connection that is waited for")
    func full() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let listener = try UnixSockets.listen(path: path, backlog: 0)
        let first = try UnixSockets.connect(path: path)
        defer {
            close(listener)
            close(first)
        }
        var said: [String] = []
        let waiting = waiting(path, timeout: 4_000) { said.append($0) }
        #expect {
            try SocketProbe.check(path, waiting)
        } throws: { error in
            guard let failure = error as? CtlFailure else { return false }
            return failure.reason == .tryAgain
                && failure.message.hasPrefix("the daemon at \(path) has not taken the connection for 4s")
        }
        #expect(said == ["waiting for the daemon at \(path) to take the connection, up to 4s"])
    }

    @Test("the time in which a body's source gives nothing is not the daemon's")
    func slowSource() throws {
        var now: Int64 = 0
        var said: [String] = []
        let waiting = Waiting(path: "/s", timeout: 3_000, writes: true, clock: { now }, say: { said.append($0) })
        for _ in 0..<5 {
            now += 60_000
            waiting.heard()
            try waiting.tick(.answering)
        }
        #expect(said.isEmpty)
    }

    @Test("--timeout is a duration", arguments: ["5", "-1s", "soon", ""])
    func faultyTimeouts(text: String) {
        for arguments in [["--timeout", text, "status"], ["status", "--timeout=\(text)"]] {
            #expect(throws: (any Error).self) { _ = try Crawlctl.parseAsRoot(arguments) }
        }
    }

    @Test func timeoutsStandBeforeOrBehindTheVerb() throws {
        for arguments in [["--timeout", "2m", "status"], ["status", "--timeout", "2m"]] {
            let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
            #expect(verb.timeout == 120_000)
        }
    }
}
