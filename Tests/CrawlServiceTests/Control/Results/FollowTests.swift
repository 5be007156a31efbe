import ControlAPI
import CrawlCore
import CrawlTesting
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import CrawlService

extension ControlServerTests {
    /// Those that follow the feed: woken by what is new, so many at a time, ended by a stop.
    @Suite(.timeLimit(.minutes(2)))
    struct FollowTests {
        private static func follow(_ server: ServerFixture, _ query: String = "") async throws -> RawClient {
            try await offPool {
                let client = try RawClient(server.path)
                client.send(
                    "GET \(Routes.results)?follow=true\(query) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return client
            }
        }

        /// Reads on until that text has come.
        private static func read(_ client: RawClient, to text: String) async throws -> String {
            try await offPool {
                let wanted = Array(text.utf8)
                return String(decoding: client.read { $0.firstRange(of: wanted) != nil }, as: UTF8.self)
            }
        }

        @Test("one that has read all gets what comes later, as it comes, and its head before there is any")
        func news() async throws {
            try await ServerFixture.run { server in
                let feed = server.control.feed
                let client = try await Self.follow(server)
                #expect(try await Self.read(client, to: "\r\n\r\n").contains("200 OK"))
                for seq in 1001...1003 {
                    #expect(await eventually { feed.bell.waiting == 1 })
                    let pieces = feed.pieces
                    feed.add(1)
                    #expect(try await Self.read(client, to: "\"seq\":\(seq)").contains("https://a.example/\(seq)"))
                    #expect(await eventually { feed.bell.waiting == 1 })
                    #expect(feed.pieces == pieces + 2, "it reads when it is woken, and not else")
                }
                client.close()
                #expect(await eventually { feed.bell.waiting == 0 }, "who has gone waits no more")
            }
        }

        @Test("a limit ends it")
        func limit() async throws {
            try await ServerFixture.run { server in
                server.control.feed.add(2)
                let client = try await Self.follow(server, "&limit=3")
                _ = try await Self.read(client, to: "\"seq\":1002")
                server.control.feed.add(5)
                let rest = try await offPool { client.readToEnd() }
                let text = String(decoding: try #require(rest), as: UTF8.self)
                #expect(text.contains("\"seq\":1003") && !text.contains("\"seq\":1004"))
                client.close()
            }
        }

        @Test("one more than may follow is told to come again; who goes leaves its place; others are answered")
        func seats() async throws {
            var limits = ControlLimits()
            limits.followers = 3
            try await ServerFixture.run(limits: limits) { server in
                let feed = server.control.feed
                let leaving = try await Self.follow(server)
                let (second, third) = (try await Self.follow(server), try await Self.follow(server))
                try await Self.expect(3, waitingFor: feed)
                let refused = try await server.send("GET", "\(Routes.results)?follow=true")
                #expect(refused.status == 503 && refused.code == "busy")
                #expect(refused.headers["retry-after"] == "5")
                try await Self.expectGood(server, Routes.results)
                try await Self.expectGood(server, Routes.status)
                leaving.close()
                try await Self.expectAPlace(server)
                let fourth = try await Self.follow(server)
                try await Self.expect(3, waitingFor: feed)
                second.close()
                third.close()
                fourth.close()
            }
        }

        private static func status(_ server: ServerFixture, _ path: String) async -> Int? {
            try? await server.send("GET", path).status
        }

        private static func expect(_ count: Int, waitingFor feed: MemoryFeed) async throws {
            let all = await eventually { feed.bell.waiting == count }
            #expect(all, "\(feed.bell.waiting) wait")
        }

        /// A refusal of another kind shows it.
        private static func expectAPlace(_ server: ServerFixture) async throws {
            let path = "\(Routes.results)?follow=true&after=9"
            let isPlace = await eventually { await status(server, path) == 410 }
            #expect(isPlace)
        }

        private static func expectGood(_ server: ServerFixture, _ path: String) async throws {
            let status = try await server.send("GET", path).status
            #expect(status == 200, "\(path)")
        }

        @Test("a stop ends them, as an answer that is whole, and does not wait for its grace")
        func stop() async throws {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let (path, control) = (directory + "/s", MemoryControl())
            control.feed.add(2)
            let (started, signal) = AsyncStream<Void>.makeStream()
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            var limits = ControlLimits()
            limits.stopGrace = .seconds(3600)
            let server = ControlServer(
                control: control, socket: try ControlSocket.open(path: path), canonicalize: ServerFixture.refuseAll,
                limits: limits, logger: logger, onRunning: { signal.finish() })
            let group = ServiceGroup(services: [server], logger: logger)
            let task = Task { try await group.run() }
            for await _ in started {}
            let client = try await Self.follow(ServerFixture(path: path, control: control))
            #expect(await eventually { control.feed.bell.waiting == 1 })
            await group.triggerGracefulShutdown()
            let response = try await offPool { try client.response() }
            #expect(response.status == 200 && response.lines.count == 2)
            client.close()
            try await task.value
        }

        @Test("192 that take nothing hold bounded memory, and nobody who adds waits for them")
        func slow() async throws {
            var limits = ControlLimits()
            limits.writeTimeout = .seconds(600)  // who reads nothing stays
            let room = ByteRoom(bytes: limits.answers, patience: .seconds(15), clock: SystemClock(), refusal: .unread())
            try await ServerFixture.run(limits: limits, answerRoom: room) { [limits] server in
                let feed = server.control.feed
                var clients: [RawClient] = []
                for _ in 0..<limits.followers { clients.append(try await Self.follow(server)) }
                #expect(await eventually { feed.bell.waiting == limits.followers })
                #expect(room.free == limits.answers, "who waits holds nothing")
                for _ in 0..<50 { feed.add(100, padding: 1000) }
                for _ in 0..<40 { #expect(try await server.send("GET", Routes.status).status == 200) }
                #expect(room.free >= 0)
                for client in clients { client.close() }
                #expect(await eventually { room.free == limits.answers }, "who goes gives back what it had")
            }
        }
    }
}

/// How many are served, and whom the last places are for.
struct ConnectionPlaceTests {
    @Test(arguments: [
        (1, ConnectionTable.Place.served), (240, .served), (241, .kept), (256, .kept), (257, .refused), (320, .refused),
        (321, .dropped),
    ])
    func place(count: Int, expected: ConnectionTable.Place) {
        let limits = ControlLimits()
        #expect(
            ConnectionTable.place(count, limit: limits.connections, kept: limits.keptForWriters) == expected)
        #expect(
            limits.followers + 40 <= limits.connections - limits.keptForWriters, "beside all that follow, 40 others")
    }
}

/// The bell alone.
@Suite(.timeLimit(.minutes(1)))
struct ResultBellTests {
    @Test("whoever waits for less is woken, whoever waits for more is not")
    func ring() async {
        let bell = ResultBell()
        let (early, late) = (Task { await bell.wait(beyond: 5) }, Task { await bell.wait(beyond: 9) })
        #expect(await eventually { bell.waiting == 2 })
        bell.ring(9)
        await early.value
        #expect(bell.waiting == 1)
        bell.ring(10)
        await late.value
        await bell.wait(beyond: 9)  // it has rung already
    }

    @Test("a wait ends when its task is cancelled, before it began too", arguments: [true, false])
    func cancelled(early: Bool) async {
        let bell = ResultBell()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let task = Task {
            if early { for await _ in gate {} }
            await bell.wait(beyond: 1)
        }
        if early {
            task.cancel()
            open.finish()
        } else {
            #expect(await eventually { bell.waiting == 1 })
            task.cancel()
        }
        await task.value
        #expect(bell.waiting == 0)
    }
}
